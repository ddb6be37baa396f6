#include "gateway/describe.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace tidegate::gateway {

namespace {

using Levels = std::vector<std::string_view>;

enum class Family { other, tasmota, shelly1, shelly2, zigbee2mqtt, esphome };

struct Place {
    Family family = Family::other;
    std::string device;
    std::string name;
};

struct Unit {
    std::string_view name;  // the last part of the name, in lower case
    std::string_view unit;
};

constexpr std::array tasmota_units = {
    Unit{"temperature", "°C"},    Unit{"dewpoint", "°C"},    Unit{"humidity", "%"},
    Unit{"pressure", "hPa"},      Unit{"illuminance", "lx"}, Unit{"voltage", "V"},
    Unit{"current", "A"},         Unit{"power", "W"},        Unit{"apparentpower", "VA"},
    Unit{"reactivepower", "var"}, Unit{"total", "kWh"},      Unit{"today", "kWh"},
    Unit{"yesterday", "kWh"},     Unit{"frequency", "Hz"},   Unit{"carbondioxide", "ppm"},
    Unit{"eco2", "ppm"},          Unit{"uptimesec", "s"},    Unit{"vcc", "V"},
    Unit{"heap", "KiB"},          Unit{"loadavg", "%"},      Unit{"rssi", "%"},
    Unit{"signal", "dBm"},        Unit{"battery", "%"}};
constexpr std::array shelly1_units = {Unit{"temperature", "°C"}, Unit{"temperature_f", "°F"},
                                      Unit{"power", "W"},        Unit{"voltage", "V"},
                                      Unit{"current", "A"},      Unit{"energy", "W·min"},
                                      Unit{"total", "Wh"},       Unit{"humidity", "%"},
                                      Unit{"battery", "%"},      Unit{"lux", "lx"}};
constexpr std::array shelly2_units = {Unit{"apower", "W"}, Unit{"voltage", "V"}, Unit{"current", "A"},
                                      Unit{"freq", "Hz"},  Unit{"total", "Wh"},  Unit{"tc", "°C"},
                                      Unit{"tf", "°F"},    Unit{"rh", "%"},      Unit{"rssi", "dBm"},
                                      Unit{"uptime", "s"}};
constexpr std::array zigbee_units = {
    Unit{"temperature", "°C"}, Unit{"humidity", "%"},     Unit{"pressure", "hPa"},   Unit{"battery", "%"},
    Unit{"voltage", "mV"},     Unit{"illuminance", "lx"}, Unit{"power", "W"},        Unit{"current", "A"},
    Unit{"energy", "kWh"},     Unit{"co2", "ppm"},        Unit{"linkquality", "lqi"}};
// Only what can mean one thing: a wrong unit is worse than none.
constexpr std::array telling_suffixes = {Unit{"_c", "°C"},    Unit{"_f", "°F"},      Unit{"_celsius", "°C"},
                                         Unit{"_hpa", "hPa"}, Unit{"_kwh", "kWh"},   Unit{"_wh", "Wh"},
                                         Unit{"_ppm", "ppm"}, Unit{"_percent", "%"}, Unit{"_rpm", "rpm"},
                                         Unit{"_bar", "bar"}, Unit{"_lux", "lx"},    Unit{"_dbm", "dBm"}};
constexpr std::array plain_units = {Unit{"temperature", "°C"}, Unit{"humidity", "%"}, Unit{"co2", "ppm"}};

Levels levels_of(std::string_view topic)
{
    Levels levels;
    for (;;) {
        const auto slash = topic.find('/');
        levels.push_back(topic.substr(0, slash));
        if (slash == std::string_view::npos) return levels;
        topic.remove_prefix(slash + 1);
    }
}

std::string joined(const Levels& levels, std::size_t from, std::size_t to, std::string_view glue)
{
    std::string out;
    for (auto i = from; i < to; ++i) {
        if (i > from) out += glue;
        out += levels[i];
    }
    return out;
}

// "/AM2301/Temperature" as words: "AM2301 Temperature".
std::string words_of(std::string_view pointer)
{
    std::string out;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const bool escape = pointer[i] == '~' && i + 1 < pointer.size();
        if (pointer[i] == '/') {
            if (!out.empty()) out += ' ';
        } else if (escape) {
            out += pointer[++i] == '1' ? '/' : '~';
        } else {
            out += pointer[i];
        }
    }
    return out;
}

bool is_component(std::string_view level)
{
    constexpr std::array<std::string_view, 8> components = {"sensor", "binary_sensor", "switch", "light",
                                                            "number", "text_sensor",   "fan",    "cover"};
    return std::find(components.begin(), components.end(), level) != components.end();
}

std::optional<Place> place_by_family(const Levels& levels, std::string_view field)
{
    const auto count = levels.size();
    const auto first = levels[0];
    if (count >= 3 && (first == "tele" || first == "stat"))
        return Place{Family::tasmota, std::string(levels[1]),
                     field.empty() ? joined(levels, 2, count, " ") : words_of(field)};
    if (first == "shellies" && count >= 3)
        return Place{Family::shelly1, std::string(levels[1]),
                     joined(levels, 2, count, " ") + words_of(field)};
    if (first == "zigbee2mqtt" && count >= 2) {
        const bool availability = count > 2 && levels.back() == "availability";
        return Place{Family::zigbee2mqtt, joined(levels, 1, availability ? count - 1 : count, "/"),
                     availability ? "availability" : words_of(field)};
    }
    if (count >= 4 && levels.back() == "state" && is_component(levels[count - 3]))
        return Place{Family::esphome, joined(levels, 0, count - 3, "/"), std::string(levels[count - 2])};
    if (count >= 3 && levels[count - 2] == "events" && levels.back() == "rpc") {
        constexpr std::string_view params = "/params";
        const bool status = field.starts_with(params);
        return Place{Family::shelly2, joined(levels, 0, count - 2, "/"),
                     words_of(status ? field.substr(params.size()) : field)};
    }
    return std::nullopt;
}

Place place_of(std::string_view topic, std::string_view field)
{
    const auto levels = levels_of(topic);
    if (auto place = place_by_family(levels, field)) return std::move(*place);
    // A topic a value: the device is what the topic hangs on. A topic with JSON: the topic is the device.
    if (field.empty() && levels.size() > 1)
        return {Family::other, joined(levels, 0, levels.size() - 1, "/"), std::string(levels.back())};
    return {Family::other, std::string(topic), field.empty() ? std::string(topic) : words_of(field)};
}

template <std::size_t N>
std::string_view look_up(const std::array<Unit, N>& units, std::string_view name)
{
    const auto found =
        std::find_if(units.begin(), units.end(), [&](auto& unit) { return unit.name == name; });
    return found == units.end() ? std::string_view() : found->unit;
}

std::string_view unit_of(Family family, std::string_view name)
{
    switch (family) {
    case Family::tasmota: return look_up(tasmota_units, name);
    case Family::shelly1: return look_up(shelly1_units, name);
    case Family::shelly2: return look_up(shelly2_units, name);
    case Family::zigbee2mqtt: return look_up(zigbee_units, name);
    case Family::esphome:
    case Family::other: break;
    }
    for (const auto& suffix : telling_suffixes)
        if (name.ends_with(suffix.name)) return suffix.unit;
    for (const auto& plain : plain_units)
        if (name == plain.name || name.ends_with("_" + std::string(plain.name))) return plain.unit;
    return {};
}

}  // namespace

store::Series describe(std::string_view topic, std::string_view field)
{
    auto place = place_of(topic, field);
    std::string last = place.name.substr(place.name.find_last_of(" /") + 1);
    // Tasmota writes a switch POWER and watts Power.
    const bool tasmota_switch = place.family == Family::tasmota && last.starts_with("POWER");
    for (auto& c : last)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto unit = tasmota_switch ? std::string_view() : unit_of(place.family, last);
    return {0,
            std::string(topic),
            std::string(field),
            std::move(place.device),
            std::move(place.name),
            std::string(unit)};
}

}  // namespace tidegate::gateway
