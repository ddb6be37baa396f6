#include "base/clock.hpp"
#include "base/log.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <functional>
#include <limits>

namespace tidegate::web {
namespace {

constexpr std::int64_t most_alarms = 1000;
constexpr std::int64_t usual_alarms = 100;
constexpr std::size_t longest_by = 64, longest_note = 500;  // bytes
constexpr auto no_alarm = "There is no alarm of this id; see /api/v1/alarms.";

void append_series(std::string& out, const store::Alarm& alarm, const store::SeriesTable& table)
{
    const auto series = table.get(alarm.series).value_or(store::Series{});
    out += R"(,"series":)" + std::to_string(alarm.series);
    json::append_field(out, "topic", series.topic);
    json::append_field(out, "field", series.field);
    json::append_field(out, "device", series.device);
    json::append_field(out, "name", series.name);
    json::append_field(out, "unit", series.unit);
}

void append_alarm(std::string& out, const store::Alarm& alarm, const store::SeriesTable& table)
{
    out += R"({"id":)" + std::to_string(alarm.id);
    json::append_field(out, "alarm", alarm.rule);
    json::append_field(out, "state", to_string(state_of(alarm)));
    json::append_field(out, "severity", to_string(alarm.severity));
    append_series(out, alarm, table);
    json::append_field(out, "kind", alarm.kind);
    json::append_field(out, "limit", alarm.limit);
    out += R"(,"value":)";
    json::append_value(out, alarm.value);
    json::append_field(out, "text", alarm.text);
    json::append_time(out, "since", alarm.since_ms);
    json::append_time(out, "raised", alarm.raised_ms);
    json::append_time(out, "cleared", alarm.cleared_ms);
    json::append_field(out, "cleared_by", alarm.cleared_by);
    json::append_time(out, "acknowledged", alarm.acknowledged_ms);
    json::append_field(out, "by", alarm.acknowledged_by);
    json::append_field(out, "note", alarm.note);
    out += alarm.flapping ? R"(,"flapping":true)" : R"(,"flapping":false)";
    out += alarm.unsynchronised ? R"(,"unsynchronised":true})" : R"(,"unsynchronised":false})";
}

// Those that are on, of one state or (empty) of both.
std::vector<store::Alarm> that_are_on(const store::AlarmBook& book,
                                      std::string_view state,
                                      std::uint64_t before,
                                      std::size_t limit,
                                      const std::function<bool(const store::Alarm&)>& may_see)
{
    auto alarms = book.on();
    std::erase_if(alarms, [&](const store::Alarm& alarm) {
        return (before != 0 && alarm.id >= before) ||
               (!state.empty() && to_string(state_of(alarm)) != state) || !may_see(alarm);
    });
    if (alarms.size() > limit) alarms.resize(limit);
    return alarms;
}

struct Acknowledgement {
    std::string by, note;
};

Result<Acknowledgement> read_acknowledgement(const std::string& body)
{
    constexpr auto shape = R"(Send {"by":"who","note":"what"}, both of them optional.)";
    const auto given = nlohmann::json::parse(body, nullptr, false);
    if (!given.is_object()) return Error{ErrorKind::invalid, shape};
    Acknowledgement read;
    for (const auto& [key, value] : given.items()) {
        if ((key != "by" && key != "note") || !value.is_string()) return Error{ErrorKind::invalid, shape};
        (key == "by" ? read.by : read.note) = value.get<std::string>();
    }
    if (read.by.size() > longest_by || read.note.size() > longest_note)
        return Error{ErrorKind::invalid,
                     fmt::format("by has {} bytes at most, note {}.", longest_by, longest_note)};
    return read;
}

// The ID of /api/v1/alarms/ID/acknowledge; 0: it is none.
std::uint64_t id_of(const Request& request)
{
    constexpr std::string_view before = "/api/v1/alarms/", after = "/acknowledge";
    const auto text = part_of(request.path, before, after);
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() ? id : 0;
}

// Of one that is on, whoever asks must see the series. Of any other nobody is told anything new.
bool may_acknowledge(const Api& api, const Request& request, std::uint64_t id)
{
    if (sees_all(request)) return true;
    const auto alarms = api.facts.alarms->on();
    const auto found = std::ranges::find(alarms, id, &store::Alarm::id);
    return found != alarms.end() && visible_series(api, request, found->series);
}

}  // namespace

Reply get_alarms(const Api& api, const Request& request, std::stop_token)
{
    const auto state = request.parameter("state").value_or("");
    if (!state.empty() && state != "open" && state != "acknowledged" && state != "history")
        return problem(400, "state is open, acknowledged or history; left out, it is the first two.");
    const auto after = number_parameter(request, "after", 0, {0, std::numeric_limits<std::int64_t>::max()});
    if (!after) return problem(after.error());
    const auto limit = number_parameter(request, "limit", usual_alarms, {1, most_alarms});
    if (!limit) return problem(limit.error());
    std::vector<store::Alarm> alarms;
    const auto before = static_cast<std::uint64_t>(*after);
    const auto wanted = static_cast<std::size_t>(*limit) + 1;
    const std::function<bool(const store::Alarm&)> may_see = [&](const store::Alarm& alarm) {
        return sees_all(request) || visible_series(api, request, alarm.series).has_value();
    };
    if (auto* book = api.facts.alarms; book != nullptr && state == "history") {
        const auto fetch = [book](std::uint64_t below, std::size_t most) {
            return book->cleared(below, most);
        };
        auto found = sees_all(request) ? book->cleared(before, wanted)
                                       : pages_of_visible(before, wanted, fetch, may_see, &store::Alarm::id);
        if (!found) return problem(found.error());
        alarms = std::move(*found);
    } else if (book != nullptr) {
        alarms = that_are_on(*book, state, before, wanted, may_see);
    }
    const bool more = alarms.size() == wanted;
    if (more) alarms.pop_back();
    std::string body = R"({"alarms":[)";
    for (const auto& alarm : alarms) {
        append_alarm(body, alarm, api.store.series());
        body += ',';
    }
    if (!alarms.empty()) body.pop_back();
    body += R"(],"next":)";
    body += more ? std::to_string(alarms.back().id) : "null";
    body += '}';
    return json_reply(std::move(body));
}

Reply get_alarm_rules(const Api& api, const Request&, std::stop_token)
{
    std::string body = R"({"rules":[)";
    for (const auto& rule : api.facts.alarm_rules ? api.facts.alarm_rules() : std::vector<AlarmRuleFacts>()) {
        if (body.back() != '[') body += ',';
        body += R"({"alarm":)";
        json::append_string(body, rule.name);
        json::append_field(body, "severity", rule.severity);
        json::append_field(body, "kind", rule.kind);
        json::append_field(body, "limit", rule.limit);
        body += R"(,"clear":)";
        json::append_number(body, rule.clear);
        body += '}';
    }
    return json_reply(body + "]}");
}

Reply post_acknowledgement(const Api& api, const Request& request, std::stop_token)
{
    if (!is_json(request)) return problem(415, "Send it as Content-Type: application/json.");
    const auto id = id_of(request);
    if (api.facts.alarms == nullptr || id == 0) return problem(404, no_alarm);
    if (!may_acknowledge(api, request, id)) return problem(404, no_alarm);
    auto said = read_acknowledgement(request.body);
    if (!said) return problem(said.error());
    if (said->by.empty()) said->by = request.identity.name;
    const auto alarm = api.facts.alarms->acknowledge(id, said->by, said->note, wall_ms());
    if (!alarm && alarm.error().kind == ErrorKind::denied)  // by the disk, not by us
        return problem(503, "It could not be written down: the disk takes nothing.");
    if (!alarm) return problem(alarm.error());
    log::info("alarm_acknowledged id={} rule={} by={}", id, alarm->rule, log::quoted(alarm->acknowledged_by));
    if (api.facts.accounts != nullptr)
        api.facts.accounts->note(request.identity, request.from,
                                 {.what = "acknowledge", .on = alarm->rule, .result = "ok"});
    std::string body;
    append_alarm(body, *alarm, api.store.series());
    return json_reply(std::move(body));
}

}  // namespace tidegate::web
