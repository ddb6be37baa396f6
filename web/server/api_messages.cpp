// Messages as they came: the last of a device or topic, those that were rejected, and one to be tried.
#include "base/topic_filter.hpp"
#include "base/utf8.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <map>

namespace tidegate::web {
namespace {

constexpr std::size_t most_topics = 64;
constexpr std::size_t most_made = 64;  // readings of a message that are told

using SeriesOfTopics = std::map<std::string, std::vector<store::Series>>;

// The length of the text that `bytes` begins with, where it is text throughout; a sequence that was cut off
// at the end is left out. npos: it is none.
std::size_t text_length(std::string_view bytes)
{
    constexpr std::size_t longest_sequence = 4;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto c = static_cast<unsigned char>(bytes[at]);
        if (c < 0x80) {
            if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return std::string_view::npos;
            ++at;
            continue;
        }
        const auto length = utf8_sequence(bytes, at);
        if (length == 0) return bytes.size() - at < longest_sequence ? at : std::string_view::npos;
        at += length;
    }
    return bytes.size();
}

void append_payload(std::string& out, std::string_view payload)
{
    const auto length = text_length(payload);
    if (length != std::string_view::npos)
        return json::append_field(out, "payload", payload.substr(0, length));
    out += R"(,"payload_hex":")";
    for (const char c : payload) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    out += '"';
}

void append_message(std::string& out, const SeenMessage& message)
{
    out += R"({"topic":)";
    json::append_string(out, message.topic);
    json::append_time(out, "at", message.at_ms);
    out += R"(,"bytes":)" + std::to_string(message.bytes);
    append_payload(out, message.payload);
    out += message.retained ? R"(,"retained":true)" : R"(,"retained":false)";
    json::append_field(out, "decoder", message.decoder);
    json::append_field(out, "chosen", message.chosen);
    json::append_field(out, "rule", message.rule);
    out += R"(,"readings":)" + std::to_string(message.readings);
    json::append_field(out, "reason", message.reason);
    json::append_field(out, "why", message.why);
}

// What series have since it came is of it: it is the last of its topic. One that is retained makes nothing
// fresh.
void append_made(std::string& out,
                 const SeenMessage& message,
                 const std::vector<store::Series>& list,
                 const store::LiveTable& live)
{
    out += R"(,"made":[)";
    std::size_t made = 0;
    for (const auto& series : list) {
        const auto latest = live.get(series.id);
        if (latest.heard == 0 || (!message.retained && latest.heard_ms < message.at_ms)) continue;
        if (made++ == most_made) break;
        if (out.back() != '[') out += ',';
        out += fmt::format(R"({{"series":{})", series.id);
        json::append_field(out, "field", series.field);
        json::append_field(out, "name", series.name);
        json::append_field(out, "unit", series.unit);
        out += R"(,"v":)";
        json::append_value(out, latest.value);
        out += '}';
    }
    out += ']';
}

// Of the series that are of this device, or whose topic matches, and that may be seen; none that the gateway
// makes.
SeriesOfTopics topics_of(const store::SeriesTable& table,
                         const Identity& identity,
                         std::string_view device,
                         std::string_view filter)
{
    SeriesOfTopics topics;
    for (auto& series : table.list(0, std::numeric_limits<std::size_t>::max())) {
        if (series.of != 0 || (!device.empty() && series.device != device)) continue;
        if (!filter.empty() && !matches(filter, series.topic)) continue;
        if (!identity.may_read(series.topic)) continue;
        if (topics.size() == most_topics && !topics.contains(series.topic)) continue;
        topics[series.topic].push_back(std::move(series));
    }
    return topics;
}

}  // namespace

Reply get_messages(const Api& api, const Request& request, std::stop_token)
{
    const auto device = request.parameter("device").value_or("");
    const auto filter = request.parameter("topic").value_or("");
    if (device.empty() && filter.empty())
        return problem(400, "Say of what: ?device=NAME or ?topic=FILTER, or both.");
    if (!filter.empty() && !valid_filter(filter)) return problem(400, "topic is no MQTT topic filter.");
    if (!api.facts.last_messages) return problem(404, "This gateway remembers no messages.");
    const auto series = topics_of(api.store.series(), request.identity, device, filter);
    std::vector<std::string> topics;
    for (const auto& [topic, list] : series) topics.push_back(topic);
    std::string body = R"({"messages":[)";
    for (const auto& message : api.facts.last_messages(topics).messages) {
        if (body.back() != '[') body += ',';
        append_message(body, message);
        if (const auto list = series.find(message.topic); list != series.end())
            append_made(body, message, list->second, api.store.live());
        body += '}';
    }
    return json_reply(body + "]}");
}

Reply get_rejected_messages(const Api& api, const Request& request, std::stop_token)
{
    auto seen = api.facts.rejected_messages ? api.facts.rejected_messages() : SeenMessages();
    const auto hidden = [&](const std::string& topic) { return !request.identity.may_read(topic); };
    std::erase_if(seen.messages, [&](const auto& message) { return hidden(message.topic); });
    std::erase_if(seen.limited, [&](const auto& one) { return hidden(one.first); });
    std::string body = R"({"messages":[)";
    for (const auto& message : seen.messages) {
        if (body.back() != '[') body += ',';
        append_message(body, message);
        body += '}';
    }
    body += R"(],"limited":[)";
    for (const auto& [topic, count] : seen.limited) {
        if (body.back() != '[') body += ',';
        body += R"({"topic":)";
        json::append_string(body, topic);
        body += R"(,"dropped":)" + std::to_string(count) + '}';
    }
    return json_reply(body + "]}");
}

// A page of a stranger can post a form without asking, but no JSON: so nothing else is taken.
Reply post_decode(const Api& api, const Request& request, std::stop_token)
{
    if (!is_json(request)) return problem(415, "Send the message as Content-Type: application/json.");
    if (!api.facts.decode) return problem(404, "This gateway tries no messages.");
    auto tried = api.facts.decode(request.body);
    if (!tried) return problem(tried.error());
    return json_reply(std::move(*tried));
}

}  // namespace tidegate::web
