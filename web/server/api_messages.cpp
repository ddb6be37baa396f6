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
#include <set>

namespace tidegate::web {
namespace {

constexpr std::size_t most_topics = 64;

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
    out += R"(,"readings":)" + std::to_string(message.readings);
    json::append_field(out, "reason", message.reason);
    json::append_field(out, "why", message.why);
    out += '}';
}

void append_messages(std::string& out, const SeenMessages& seen)
{
    out += R"({"messages":[)";
    for (const auto& message : seen.messages) {
        if (out.back() != '[') out += ',';
        append_message(out, message);
    }
    out += ']';
}

// Of the series that are of this device, or whose topic matches.
std::vector<std::string> topics_of(const store::SeriesTable& table,
                                   std::string_view device,
                                   std::string_view filter)
{
    std::set<std::string> topics;
    for (const auto& series : table.list(0, std::numeric_limits<std::size_t>::max())) {
        if (!device.empty() && series.device != device) continue;
        if (!filter.empty() && !matches(filter, series.topic)) continue;
        topics.insert(series.topic);
        if (topics.size() == most_topics) break;
    }
    return {topics.begin(), topics.end()};
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
    std::string body;
    append_messages(body, api.facts.last_messages(topics_of(api.store.series(), device, filter)));
    return json_reply(body + '}');
}

Reply get_rejected_messages(const Api& api, const Request&, std::stop_token)
{
    const auto seen = api.facts.rejected_messages ? api.facts.rejected_messages() : SeenMessages();
    std::string body;
    append_messages(body, seen);
    body += R"(,"limited":[)";
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
