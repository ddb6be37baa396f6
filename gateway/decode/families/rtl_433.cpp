#include "gateway/decode/families/rtl_433.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// Keys of its data format say their units at their ends (docs/DATA_FORMAT.md of rtl_433).
constexpr std::array endings = {
    Unit{"_c", "°C"},      Unit{"_f", "°F"},      Unit{"_hpa", "hPa"},  Unit{"_kpa", "kPa"},
    Unit{"_psi", "psi"},   Unit{"_km_h", "km/h"}, Unit{"_mi_h", "mph"}, Unit{"_m_s", "m/s"},
    Unit{"_mm_h", "mm/h"}, Unit{"_in_h", "in/h"}, Unit{"_mm", "mm"},    Unit{"_in", "in"},
    Unit{"_inch", "in"},   Unit{"_deg", "°"},     Unit{"_lux", "lx"},   Unit{"_klx", "klx"},
    Unit{"_mv", "mV"},     Unit{"_v", "V"},       Unit{"_a", "A"},      Unit{"_w", "W"},
    Unit{"_kwh", "kWh"},   Unit{"_cm", "cm"},     Unit{"_ppm", "ppm"},  Unit{"_ug_m3", "µg/m³"},
    Unit{"_pct", "%"},     Unit{"_km", "km"},     Unit{"_m3", "m³"},    Unit{"_hz", "Hz"},
    Unit{"_db", "dB"},     Unit{"_s", "s"}};
constexpr std::array units = {Unit{"humidity", "%"}, Unit{"humidity_1", "%"}, Unit{"moisture", "%"},
                              Unit{"rssi", "dB"},    Unit{"snr", "dB"},       Unit{"noise", "dB"},
                              Unit{"freq", "MHz"},   Unit{"freq1", "MHz"},    Unit{"freq2", "MHz"}};

// Place of the level "rtl_433"; none: behind the last.
std::size_t prefix_place(const Topic& topic)
{
    std::size_t i = 0;
    while (i < topic.size() && topic[i] != "rtl_433") ++i;
    return i;
}

bool claims(const Topic& topic)
{
    return prefix_place(topic) + 1 < topic.size();
}

bool is_whole(const Topic& topic)
{
    return topic.last() == "events" || topic.last() == "states";
}

// What the device and its radio are called. Numbers of the same name would be no measurements, either.
bool is_label(std::string_view name)
{
    constexpr std::array<std::string_view, 16> labels = {
        "time", "model", "id",   "channel", "subtype", "type",     "mic",      "data",
        "mod",  "brand", "code", "codes",   "rows",    "sequence", "protocol", "identifyID"};
    return std::find(labels.begin(), labels.end(), name) != labels.end();
}

// What somebody has pressed, or a sensor has told at that moment.
bool is_event(std::string_view name)
{
    constexpr std::array<std::string_view, 5> names = {"event", "cmd", "command", "action", "motion"};
    return name.starts_with("button") || std::find(names.begin(), names.end(), name) != names.end();
}

std::string text_of(const Decoded& decoded, std::string_view pointer)
{
    const auto* field = find_field(decoded, pointer);
    if (field == nullptr) return {};
    if (const auto* text = std::get_if<std::string>(&field->value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&field->value)) return fmt::format("{}", *number);
    return {};
}

// Model, channel and id, as far as they are said: all devices that are heard speak on one topic.
std::string source_of(const Decoded& decoded)
{
    auto source = text_of(decoded, "/model");
    for (const auto* part : {"/channel", "/id"})
        if (const auto text = text_of(decoded, part); !text.empty()) source += "/" + text;
    return source;
}

Decoded decode_whole(Decoded decoded)
{
    const auto source = source_of(decoded);
    decoded.time_ms = time_at(decoded, "/time");
    if (const auto* time = find_field(decoded, "/time")) decoded.time_ms = time_from_seconds(time->value);
    leave_out(decoded, [](const Field& field) { return is_label(last_step(field.pointer)); });
    for (auto& field : decoded.fields) {
        field.source = source;
        if (is_event(last_step(field.pointer))) field.kind = Kind::event;
    }
    return decoded;
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (is_whole(topic)) return decode_whole(std::move(decoded));
    if (is_label(topic.last())) mark(decoded, Kind::metadata);
    if (is_event(topic.last())) mark(decoded, Kind::event);
    if (topic.last() == "availability" || topic.last() == "status") mark(decoded, Kind::availability);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    auto first = prefix_place(topic) + 1;
    for (auto i = first; i + 1 < topic.size(); ++i)
        if (topic[i] == "devices") first = i + 1;
    if (is_whole(topic)) {
        series.name = words_of(series.field);
        series.device = topic.between(first, topic.size() - 1);
    } else {
        const auto device = topic.between(first, topic.size() - 1);
        series.device = device.empty() ? topic.before(topic.size() - 1) : device;
        series.name = topic.last();
    }
    const auto quantity =
        lowered(series.field.empty() ? std::string(topic.last()) : quantity_of(series.field));
    series.unit = look_up(units, quantity);
    if (series.unit.empty()) series.unit = look_up_ending(endings, quantity);
}

}  // namespace

const Family rtl_433{"rtl_433", claims, decode, describe};

}  // namespace tidegate::gateway
