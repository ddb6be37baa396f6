#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace tidegate::web {
namespace {

constexpr std::int64_t most_commands = 1000;
constexpr std::int64_t usual_commands = 100;

void append_command(std::string& out, const store::Command& command)
{
    out += R"({"number":)" + std::to_string(command.number);
    json::append_field(out, "id", command.id);
    json::append_field(out, "from", command.upstream.empty() ? "api" : "upstream");
    json::append_field(out, "upstream", command.upstream);
    json::append_field(out, "broker", command.broker);
    json::append_field(out, "topic", command.topic);
    const std::string_view payload = command.payload;
    json::append_field(out, "payload", payload.substr(0, store::CommandBook::payload_kept));
    out += R"(,"bytes":)" + std::to_string(command.payload_bytes);
    out += R"(,"qos":)" + std::to_string(command.qos);
    json::append_time(out, "at", command.arrived_ms);
    json::append_time(out, "issued", command.issued_ms);
    out += R"(,"expires_in_s":)" + std::to_string(command.expires_in_ms / 1000);
    json::append_field(out, "state", to_string(command.state));
    json::append_field(out, "why", command.why);
    json::append_time(out, "ended", command.ended_ms);
    out += '}';
}

void append_links(std::string& out, const Facts& facts)
{
    out += R"("links":[)";
    std::string separator;
    for (const auto& link : facts.command_links ? facts.command_links() : std::vector<CommandLinkFacts>()) {
        out += separator + R"({"up":)" + (link.up ? "true" : "false");
        json::append_field(out, "name", link.name);
        json::append_field(out, "way", link.way);
        json::append_field(out, "why", link.why);
        json::append_time(out, "since", link.since_ms);
        out += '}';
        separator = ",";
    }
    out += ']';
}

// Empty: the body is no command, and is refused as such.
std::string topic_of(const std::string& body)
{
    const auto command = nlohmann::json::parse(body, nullptr, false);
    if (!command.is_object() || !command.contains("topic") || !command["topic"].is_string()) return {};
    return command["topic"].get<std::string>();
}

void note_command(const Api& api, const Request& request, const std::string& topic, const std::string& result)
{
    auto* accounts = api.facts.accounts;
    if (accounts == nullptr) return;
    if (result != "ok") accounts->count_refusal(Refused::scope);
    accounts->note(request.identity, request.from, {.what = "command", .on = topic, .result = result});
}

}  // namespace

Reply get_commands(const Api& api, const Request& request, std::stop_token)
{
    const auto after = number_parameter(request, "after", 0, {0, std::numeric_limits<std::int64_t>::max()});
    if (!after) return problem(after.error());
    const auto limit = number_parameter(request, "limit", usual_commands, {1, most_commands});
    if (!limit) return problem(limit.error());
    std::vector<store::Command> commands;
    if (auto* book = api.facts.commands) {
        const std::string id(request.parameter("id").value_or(""));
        const auto before = static_cast<std::uint64_t>(*after);
        const auto wanted = static_cast<std::size_t>(*limit) + 1;
        const auto fetch = [&](std::uint64_t below, std::size_t most) { return book->list(below, id, most); };
        const auto keep = [&](const store::Command& one) { return request.identity.may_read(one.topic); };
        auto found = sees_all(request)
                         ? book->list(before, id, wanted)
                         : pages_of_visible(before, wanted, fetch, keep, &store::Command::number);
        if (!found) return problem(found.error());
        commands = std::move(*found);
    }
    const bool more = commands.size() > static_cast<std::size_t>(*limit);
    if (more) commands.pop_back();
    std::string body = R"({"commands":[)";
    for (const auto& command : commands) {
        append_command(body, command);
        body += ',';
    }
    if (!commands.empty()) body.pop_back();
    body += R"(],"next":)";
    body += more ? std::to_string(commands.back().number) : "null";
    body += ',';
    append_links(body, api.facts);
    body += '}';
    return json_reply(std::move(body));
}

// A page of a stranger can post a form without asking, but no JSON: so nothing else is taken.
Reply post_command(const Api& api, const Request& request, std::stop_token)
{
    if (!is_json(request)) return problem(415, "Send the command as Content-Type: application/json.");
    if (!api.facts.command) return problem(404, "This gateway takes no commands.");
    const auto topic = topic_of(request.body);
    if (!topic.empty() && !request.identity.may_write(topic)) {
        note_command(api, request, topic, "refused");
        return problem(403, "This topic is beyond what you may write to.");
    }
    const auto added = api.facts.command(request.body);
    if (!added) return problem(added.error());
    note_command(api, request, added->command.topic, "ok");
    std::string body;
    append_command(body, added->command);
    auto reply = json_reply(std::move(body));
    if (!added->repeated) reply.status = 202;
    return reply;
}

}  // namespace tidegate::web
