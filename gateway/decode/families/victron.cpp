#include "gateway/decode/families/victron.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// Last steps of the paths of the D-Bus API.
constexpr std::array units = {Unit{"power", "W"},
                              Unit{"p", "W"},
                              Unit{"voltage", "V"},
                              Unit{"v", "V"},
                              Unit{"current", "A"},
                              Unit{"i", "A"},
                              Unit{"s", "VA"},
                              Unit{"f", "Hz"},
                              Unit{"frequency", "Hz"},
                              Unit{"soc", "%"},
                              Unit{"soh", "%"},
                              Unit{"temperature", "°C"},
                              Unit{"humidity", "%"},
                              Unit{"pressure", "hPa"},
                              Unit{"timetogo", "s"},
                              Unit{"consumedamphours", "Ah"},
                              Unit{"capacity", "Ah"},
                              Unit{"installedcapacity", "Ah"},
                              Unit{"level", "%"},
                              Unit{"remaining", "m³"},
                              Unit{"altitude", "m"},
                              Unit{"latitude", "°"},
                              Unit{"longitude", "°"},
                              Unit{"course", "°"},
                              Unit{"speed", "m/s"},
                              Unit{"starttervoltage", "V"},
                              Unit{"startervoltage", "V"},
                              Unit{"midvoltage", "V"},
                              Unit{"maxchargecurrent", "A"},
                              Unit{"maxchargevoltage", "V"},
                              Unit{"maxdischargecurrent", "A"},
                              Unit{"forward", "kWh"},
                              Unit{"reverse", "kWh"},
                              Unit{"user", "kWh"},
                              Unit{"system", "kWh"},
                              Unit{"yield", "kWh"},
                              Unit{"maxpower", "W"},
                              Unit{"chargingtime", "s"},
                              Unit{"currentlimit", "A"},
                              Unit{"powersetpoint", "W"},
                              Unit{"acpowersetpoint", "W"}};

}  // namespace

std::string_view victron_device(const Topic& topic, const State& state)
{
    return topic.between(state.victron.is_first(topic[1]) ? 2 : 1, 4);
}

namespace {

bool claims(const Topic& topic)
{
    if (topic.size() < 3) return false;
    if (topic[0] == "N")
        return topic.size() >= 4 || topic.last() == "keepalive" || topic.last() == "heartbeat";
    return (topic[0] == "R" || topic[0] == "W") && (topic.size() >= 4 || topic.last() == "keepalive");
}

// An id of a VRM portal: nothing else is sent a request.
bool is_portal(std::string_view level)
{
    constexpr std::size_t length = 12;
    return level.size() == length && level.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    const auto payload = trimmed(message.payload);
    if (!topic[0].ends_with('N')) {
        auto command = payload.empty() ? rejected(store::Reject::empty, "a request without a payload")
                                       : read_payload(payload, limits);
        mark(command, Kind::metadata);
        return command;
    }
    state.victron.meet(topic[1]);
    if (is_portal(topic[1])) state.victron.heard(topic[1], message.broker, message.arrived_ms);
    keep_victron_alive(state, message.arrived_ms);
    if (payload.empty()) {
        if (topic.size() >= 5 && !message.retained)
            state.words.push_back(
                {std::string(victron_device(topic, state)), false, false, "its installation took it back"});
        return rejected(store::Reject::empty, "no payload: the device is gone");
    }
    auto decoded = read_payload(payload, limits);
    if (decoded.rejected) return decoded;
    if (payload.front() != '{') return decoded;
    // "min" and "max" are the bounds of a setting.
    leave_out(decoded, [](const Field& field) { return !field.pointer.starts_with("/value"); });
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    if (topic.size() >= 5) {
        series.device = topic.between(2, 4);
        series.name = spaced(topic.from(4));
    } else {
        series.device = topic[1];
        series.name = spaced(topic.from(2));
    }
    series.unit = look_up(units, lowered(topic.last()));
    if (topic[2] == "tank" && topic.last() == "Capacity") series.unit = "m³";  // of a battery, Ah
    // "Ac/Energy/Forward", but "Relay/0/State".
    if (series.unit == "kWh" && topic.text().find("/Energy/") == std::string_view::npos &&
        topic.text().find("Yield") == std::string_view::npos)
        series.unit.clear();
}

}  // namespace

void keep_victron_alive(State& state, std::int64_t now_ms)
{
    state.victron.for_each_due(now_ms, [&](const std::string& portal, std::size_t broker, bool all) {
        state.ask({fmt::format("R/{}/keepalive", portal),
                   all ? "" : R"({"keepalive-options":["suppress-republish"]})", broker});
    });
}

const Family victron{"victron", claims, decode, describe};

}  // namespace tidegate::gateway
