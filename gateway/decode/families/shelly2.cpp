#include "gateway/decode/families/shelly2.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/state.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array units = {Unit{"apower", "W"},
                              Unit{"act_power", "W"},
                              Unit{"aprt_power", "VA"},
                              Unit{"a_act_power", "W"},
                              Unit{"b_act_power", "W"},
                              Unit{"c_act_power", "W"},
                              Unit{"total_act_power", "W"},
                              Unit{"a_aprt_power", "VA"},
                              Unit{"b_aprt_power", "VA"},
                              Unit{"c_aprt_power", "VA"},
                              Unit{"total_aprt_power", "VA"},
                              Unit{"a_voltage", "V"},
                              Unit{"b_voltage", "V"},
                              Unit{"c_voltage", "V"},
                              Unit{"a_current", "A"},
                              Unit{"b_current", "A"},
                              Unit{"c_current", "A"},
                              Unit{"n_current", "A"},
                              Unit{"total_current", "A"},
                              Unit{"voltage", "V"},
                              Unit{"current", "A"},
                              Unit{"freq", "Hz"},
                              Unit{"a_freq", "Hz"},
                              Unit{"b_freq", "Hz"},
                              Unit{"c_freq", "Hz"},
                              Unit{"total", "Wh"},
                              Unit{"total_act", "Wh"},
                              Unit{"total_act_ret", "Wh"},
                              Unit{"total_act_energy", "Wh"},
                              Unit{"total_act_ret_energy", "Wh"},
                              Unit{"a_total_act_energy", "Wh"},
                              Unit{"b_total_act_energy", "Wh"},
                              Unit{"c_total_act_energy", "Wh"},
                              Unit{"a_total_act_ret_energy", "Wh"},
                              Unit{"b_total_act_ret_energy", "Wh"},
                              Unit{"c_total_act_ret_energy", "Wh"},
                              Unit{"tc", "°C"},
                              Unit{"tf", "°F"},
                              Unit{"rh", "%"},
                              Unit{"rssi", "dBm"},
                              Unit{"uptime", "s"},
                              Unit{"lux", "lx"},
                              Unit{"percent", "%"},
                              Unit{"brightness", "%"},
                              Unit{"current_pos", "%"},
                              Unit{"ram_free", "B"},
                              Unit{"ram_size", "B"},
                              Unit{"fs_free", "B"},
                              Unit{"fs_size", "B"}};

constexpr std::string_view params = "/params";

bool is_events(const Topic& topic)
{
    return topic.size() >= 3 && topic.last() == "rpc" && topic.last(1) == "events";
}

bool is_status(const Topic& topic)
{
    if (topic.size() < 3 || topic.last(1) != "status") return false;
    constexpr std::array<std::string_view, 8> parts = {"sys", "wifi", "cloud", "mqtt",
                                                       "ble", "ws",   "eth",   "bthome"};
    if (std::find(parts.begin(), parts.end(), topic.last()) != parts.end()) return true;
    const auto colon = topic.last().find(':');  // "switch:0"
    return colon != std::string_view::npos && colon + 1 < topic.last().size() &&
           topic.last().find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

bool claims(const Topic& topic)
{
    return is_events(topic) || is_status(topic);
}

// Numbers that say which, or of when a value is, and are no readings themselves.
bool is_no_reading(const Field& field)
{
    const std::string_view pointer = field.pointer;
    const auto last = last_step(pointer);
    if (last == "id" || last == "minute_ts" || last == "ts" || last == "mac" || last == "unixtime" ||
        last == "cfg_rev")
        return true;
    return pointer.find("/by_minute/") != std::string_view::npos ||
           pointer.find("/ret_aenergy/by_minute") != std::string_view::npos;
}

void learn_source(const Decoded& decoded, const Topic& topic, State& state)
{
    const auto* source = find_field(decoded, "/src");
    const auto* name = source == nullptr ? nullptr : std::get_if<std::string>(&source->value);
    if (name == nullptr || *name == topic.before(topic.size() - 2)) return;
    Facts facts;
    facts.device = *name;
    state.knowledge.learn(topic.text(), topic.text(), Knowledge::every_field, std::move(facts));
}

Decoded take_events(Decoded decoded, const Topic& topic, State& state)
{
    learn_source(decoded, topic, state);
    if (const auto* time = find_field(decoded, "/params/ts"))
        decoded.time_ms = time_from_seconds(time->value);
    const bool happened = find_field(decoded, "/params/events/0/event") != nullptr;
    leave_out(decoded,
              [](const Field& field) { return !field.pointer.starts_with(params) || is_no_reading(field); });
    if (happened) mark(decoded, Kind::event);
    return decoded;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (is_events(topic)) {
        if (find_field(decoded, "/method") == nullptr) return std::nullopt;
        return take_events(std::move(decoded), topic, state);
    }
    leave_out(decoded, is_no_reading);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic.before(topic.size() - 2);
    series.availability = fmt::format("{}/online", series.device);
    const std::string_view field = series.field;
    series.name = words_of(field.starts_with(params) ? field.substr(params.size()) : field);
    if (is_status(topic)) series.name = fmt::format("{} {}", topic.last(), series.name);
    series.unit = look_up(units, lowered(quantity_of(field)));
    const bool battery = field.find("/battery/") != std::string_view::npos;
    if (battery && last_step(field) == "V") series.unit = "V";
}

}  // namespace

const Family shelly2{"shelly-gen2", claims, decode, describe};

}  // namespace tidegate::gateway
