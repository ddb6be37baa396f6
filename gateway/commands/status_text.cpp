#include "base/utf8.hpp"
#include "gateway/commands/status.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using Json = nlohmann::json;

// "1,234,567".
std::string grouped(std::uint64_t number)
{
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string count(const Json& of, const char* name)
{
    return grouped(of.value(name, std::uint64_t{0}));
}

// "1.5 MiB".
std::string sized(const Json& of, const char* name)
{
    constexpr double step = 1024;
    auto size = static_cast<double>(of.value(name, std::uint64_t{0}));
    const char* unit = "B";
    for (const auto* next : {"KiB", "MiB", "GiB", "TiB"}) {
        if (size < step) break;
        size /= step;
        unit = next;
    }
    return fmt::format("{:.{}f} {}", size, size < 10 && *unit != 'B' ? 1 : 0, unit);
}

// "61 s", "12 min", "3 h 20 min", "5 d 4 h".
std::string lasting(std::int64_t seconds)
{
    constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
    if (seconds < 2 * minute) return fmt::format("{} s", seconds);
    if (seconds < 2 * hour) return fmt::format("{} min", seconds / minute);
    if (seconds < 2 * day) return fmt::format("{} h {} min", seconds / hour, seconds % hour / minute);
    return fmt::format("{} d {} h", seconds / day, seconds % day / hour);
}

// Only where a rule makes summaries.
std::string summarised(const Json& readings)
{
    if (readings.value("summarised", std::uint64_t{0}) == 0) return {};
    return " + summarised " + count(readings, "summarised");
}

// "40 (buffer_full 30, refused 10)".
std::string by_reason(const Json& counts)
{
    std::uint64_t sum = 0;
    std::string reasons;
    for (const auto& [reason, number] : counts.items()) {
        const auto one = number.get<std::uint64_t>();
        sum += one;
        if (one > 0) reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, grouped(one));
    }
    return reasons.empty() ? grouped(sum) : fmt::format("{} ({})", grouped(sum), reasons);
}

using tidegate::shown;  // of foreign texts

std::string shown(const Json& of, const char* name)
{
    return shown(of.value(name, ""));
}

std::string line(std::string_view name, const std::string& text)
{
    return fmt::format("{:<10} {}\n", name, text);
}

std::string broker_line(const Json& broker)
{
    const auto state = broker.value("up", false)
                           ? fmt::format("connected, MQTT {}", broker.value("mqtt", 0) == 5 ? "5" : "3.1.1")
                           : "away: " + shown(broker, "why");
    return line("broker", fmt::format("{} {}", shown(broker, "url"), state));
}

std::string configuration_lines(const Json& gateway)
{
    if (!gateway.contains("configuration")) return {};  // of an older gateway
    const auto& configuration = gateway.at("configuration");
    std::string text;
    for (const auto& problem : configuration.at("problems"))
        text += line(text.empty() ? "CONFIG" : "", shown(problem.get<std::string>()));
    if (!text.empty()) text += line("", "the configuration of before is in effect");
    for (const auto& problem : configuration.value("incomplete", Json::array()))
        text += line("CONFIG", "in effect, but not all of it: " + shown(problem.get<std::string>()));
    for (const auto& key : configuration.at("needs_restart"))
        text += line("config", shown(key.get<std::string>()) + " has changed, and needs a restart");
    return text;
}

std::string pressure_line(const Json& gateway)
{
    const auto& ring = gateway.at("ring");
    const auto& room = gateway.at("room");
    auto text = fmt::format("ring {} of {}, held for upstreams {} of {}, CPU {:.1f} %, memory {}",
                            sized(ring, "bytes"), sized(ring, "most"), sized(room, "held"),
                            sized(room, "most"), gateway.value("cpu", 0.0), sized(gateway, "rss"));
    if (const auto& full = gateway.at("full_in"); full.is_number())
        text += ", full in " + lasting(full.get<std::int64_t>());
    return line("pressure", text);
}

// How it stands, and its backlog where there is one.
std::string upstream_state(const Json& state)
{
    std::string text = state.value("up", false) ? "up" : "down";
    if (const auto alarm = shown(state, "alarm"); !alarm.empty()) text += ", ALARM " + alarm;
    if (const auto why = shown(state, "why"); !why.empty()) text += ": " + why;
    if (state.value("queued", std::uint64_t{0}) > 0) {
        text += fmt::format("\n{:<10} oldest {}, {:.1f} a second", "",
                            lasting(state.value("oldest", std::int64_t{0})), state.value("rate", 0.0));
        if (const auto backlog = state.value("backlog", std::uint64_t{0}); backlog > 0)
            text += fmt::format(", backlog {}", grouped(backlog));
        if (state.contains("eta") && state.at("eta").is_number())
            text += ", done in " + lasting(state.at("eta").get<std::int64_t>());
        if (const auto held_by = shown(state, "held_by"); !held_by.empty())
            text += fmt::format(", held by its budget ({})", held_by);
    }
    if (const auto dead = state.value("dead", std::uint64_t{0}); dead > 0)
        text += fmt::format("\n{:<10} {} refused and kept (dead letters)", "", grouped(dead));
    return text;
}

std::string upstream_lines(const Json& book, const Json& states)
{
    Json state = Json::object();
    for (const auto& one : states)
        if (one.at("id") == book.at("id")) state = one;
    auto text = line("upstream",
                     fmt::format("{} {} {}", shown(book, "id"), shown(state, "url"), upstream_state(state)));
    return text + line("", fmt::format("stored {} = delivered {} + queued {} + discarded {}",
                                       count(book, "stored"), count(book, "delivered"), count(book, "queued"),
                                       by_reason(book.at("discarded"))));
}

std::string commands_lines(const Json& answer)
{
    const auto& commands = answer.at("commands");
    std::string text;
    std::size_t waiting = 0;
    for (const auto& one : commands)
        waiting += one.at("state") == "waiting" || one.at("state") == "sending" ? 1 : 0;
    if (!commands.empty()) {
        const auto& last = commands[0];
        text = line("commands", fmt::format("{} waiting; last: {} {}{}", waiting, shown(last, "topic"),
                                            shown(last, "state"),
                                            shown(last, "why").empty() ? "" : ": " + shown(last, "why")));
    }
    for (const auto& link : answer.value("links", Json::array()))
        if (!link.value("up", false))
            text += line("commands", fmt::format("{} {} away: {}", shown(link, "name"), shown(link, "way"),
                                                 shown(link, "why")));
    return text;
}

// "3 open (1 critical, 2 warning), 1 acknowledged", and the newest of them.
std::string alarm_lines(const Json& counts, const Json& alarms)
{
    constexpr std::size_t most_shown = 5;
    std::string by_severity;
    for (const auto* severity : {"critical", "warning", "info"})
        if (counts.value(severity, 0) > 0)
            by_severity +=
                fmt::format("{}{} {}", by_severity.empty() ? " (" : ", ", count(counts, severity), severity);
    if (!by_severity.empty()) by_severity += ")";
    if (alarms.empty()) return {};
    auto text = line("alarms", fmt::format("{} open{}, {} acknowledged", count(counts, "open"), by_severity,
                                           count(counts, "acknowledged")));
    for (std::size_t i = 0; i < alarms.size() && i < most_shown; ++i) {
        const auto& one = alarms[i];
        const auto what = shown(one, "text").empty() ? fmt::format("{} {} {}", shown(one, "name"),
                                                                   shown(one, "kind"), shown(one, "limit"))
                                                     : shown(one, "text");
        text += line("", fmt::format("{} {} {}: {}", shown(one, "severity"), shown(one, "alarm"),
                                     shown(one, "device"), what));
    }
    return text;
}

}  // namespace

std::string status_text(const Json& gateway, const Json& books, const Json& commands, const Json& alarms)
{
    const auto up_s =
        (gateway.value("t", std::int64_t{0}) - gateway.value("started", std::int64_t{0})) / 1000;
    std::string text = line("gateway", fmt::format("{}, tidegate {}, up {}", shown(gateway, "gateway"),
                                                   shown(gateway, "version"), lasting(up_s)));
    for (const auto& broker : gateway.at("brokers")) text += broker_line(broker);
    text += line("in", fmt::format("{:.1f} messages, {:.1f} readings a second; {} series of {} devices",
                                   gateway.value("in", 0.0), gateway.value("rin", 0.0),
                                   count(gateway, "series"), count(gateway, "devices")));
    text += pressure_line(gateway);
    if (const auto trouble = shown(gateway, "trouble"); !trouble.empty()) text += line("TROUBLE", trouble);
    text += configuration_lines(gateway);
    const auto& messages = books.at("messages");
    const auto& readings = books.at("readings");
    text += line("messages", fmt::format("received {} = stored {} + rejected {}", count(messages, "received"),
                                         count(messages, "stored"), by_reason(messages.at("rejected"))));
    text += line("readings", fmt::format("read {} = stored {}{} + suppressed {}", count(readings, "read"),
                                         count(readings, "stored"), summarised(readings),
                                         by_reason(readings.at("suppressed"))));
    if (readings.value("derived", std::uint64_t{0}) != 0)
        text += line("derived", fmt::format("{} made by the gateway and stored", count(readings, "derived")));
    for (const auto& book : books.at("upstreams")) text += upstream_lines(book, gateway.at("up"));
    text += alarm_lines(gateway.value("alarms", Json::object()), alarms.at("alarms"));
    return text + commands_lines(commands);
}

}  // namespace tidegate::gateway
