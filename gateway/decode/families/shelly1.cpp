#include "gateway/decode/families/shelly1.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array units = {Unit{"temperature", "°C"},
                              Unit{"temperature_f", "°F"},
                              Unit{"ext_temperature", "°C"},
                              Unit{"power", "W"},
                              Unit{"voltage", "V"},
                              Unit{"current", "A"},
                              Unit{"energy", "W·min"},
                              Unit{"returned_energy", "W·min"},
                              Unit{"total", "Wh"},
                              Unit{"total_returned", "Wh"},
                              Unit{"reactive_power", "var"},
                              Unit{"humidity", "%"},
                              Unit{"ext_humidity", "%"},
                              Unit{"battery", "%"},
                              Unit{"lux", "lx"},
                              Unit{"tilt", "°"},
                              Unit{"concentration", "ppm"},
                              Unit{"tc", "°C"},
                              Unit{"tf", "°F"},
                              Unit{"rssi", "dBm"},
                              Unit{"uptime", "s"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 2 && topic[0] == "shellies";
}

bool is_command(const Topic& topic)
{
    return topic.last() == "command" || topic.last() == "set";
}

// What says who a device is, once at its start: no series.
bool is_announcement(const Topic& topic)
{
    return topic.size() == 2 || topic.last() == "announce" || topic.last() == "settings";
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (is_announcement(topic) || is_command(topic))
        mark(decoded, Kind::metadata);
    else if (topic.last() == "online")
        mark(decoded, Kind::availability);
    else if (topic[2] == "input_event" || topic[2] == "longpush")
        mark(decoded, Kind::event);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic[1];
    series.name = spaced(topic.from(2)) + words_of(series.field);
    if (!series.field.empty())
        series.name = fmt::format("{} {}", spaced(topic.from(2)), words_of(series.field));
    series.availability = fmt::format("{}/online", topic.before(2));
    // An index behind the quantity: "ext_temperature/0".
    const bool indexed = topic.last().find_first_not_of("0123456789") == std::string_view::npos;
    const auto leaf = indexed && topic.size() > 3 ? topic.last(1) : topic.last();
    series.unit =
        look_up(units, lowered(series.field.empty() ? std::string(leaf) : quantity_of(series.field)));
    // A relay's meter counts W·min in `info`, too; an emeter, Wh.
    if (series.field.starts_with("/meters/") && series.unit == "Wh") series.unit = "W·min";
}

}  // namespace

const Family shelly1{"shelly-gen1", claims, decode, describe};

}  // namespace tidegate::gateway
