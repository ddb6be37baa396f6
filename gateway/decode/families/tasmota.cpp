#include "gateway/decode/families/tasmota.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array units = {Unit{"temperature", "°C"},
                              Unit{"dewpoint", "°C"},
                              Unit{"humidity", "%"},
                              Unit{"pressure", "hPa"},
                              Unit{"seapressure", "hPa"},
                              Unit{"illuminance", "lx"},
                              Unit{"voltage", "V"},
                              Unit{"current", "A"},
                              Unit{"power", "W"},
                              Unit{"apparentpower", "VA"},
                              Unit{"reactivepower", "var"},
                              Unit{"total", "kWh"},
                              Unit{"today", "kWh"},
                              Unit{"yesterday", "kWh"},
                              Unit{"frequency", "Hz"},
                              Unit{"carbondioxide", "ppm"},
                              Unit{"eco2", "ppm"},
                              Unit{"tvoc", "ppb"},
                              Unit{"uptimesec", "s"},
                              Unit{"vcc", "V"},
                              Unit{"heap", "KiB"},
                              Unit{"loadavg", "%"},
                              Unit{"rssi", "%"},
                              Unit{"signal", "dBm"},
                              Unit{"battery", "%"},
                              Unit{"batterypercentage", "%"},
                              Unit{"moisture", "%"},
                              Unit{"pm2.5", "µg/m³"},
                              Unit{"pm10", "µg/m³"},
                              Unit{"distance", "cm"},
                              Unit{"uvindex", ""},
                              Unit{"speed", "m/s"}};

// Texts that say what or when something is, and are no reading; numbers of the same name are.
constexpr std::array<std::string_view, 16> labels = {
    "Id",     "TempUnit", "PressureUnit", "SpeedUnit", "SSId",     "BSSId",   "Mode",         "SleepMode",
    "Uptime", "Downtime", "Device",       "Name",      "IEEEAddr", "ModelId", "Manufacturer", "Address"};

bool is_prefix(std::string_view level)
{
    return level == "tele" || level == "stat" || level == "cmnd";
}

// "SENSOR", "POWER2", "STATUS10": what Tasmota publishes under, always in capitals.
bool is_subject(std::string_view level)
{
    constexpr std::array<std::string_view, 8> whole = {"SENSOR", "STATE",  "LWT",     "RESULT",
                                                       "UPTIME", "ENERGY", "MARGINS", "EVENT"};
    if (std::find(whole.begin(), whole.end(), level) != whole.end()) return true;
    for (const std::string_view numbered : {"POWER", "STATUS", "INFO", "BUTTON", "SWITCH"})
        if (level.starts_with(numbered) &&
            level.find_first_not_of("0123456789", numbered.size()) == std::string_view::npos)
            return true;
    return false;
}

bool is_discovery(const Topic& topic)
{
    return topic.size() == 4 && topic[0] == "tasmota" && topic[1] == "discovery";
}

// The level that holds the prefix; none: the first.
std::size_t prefix_place(const Topic& topic)
{
    for (std::size_t i = 0; i + 1 < topic.size(); ++i)
        if (is_prefix(topic[i])) return i;
    return topic.size();
}

bool claims(const Topic& topic)
{
    if (topic.size() < 3) return false;
    if (topic[0] == "tele" || topic[0] == "stat" || topic[0] == "cmnd" || is_discovery(topic)) return true;
    return is_subject(topic.last()) && prefix_place(topic) < topic.size();
}

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// tasmota/discovery/MAC/config: "ft" is the FullTopic, "t" the topic, "tp" the three prefixes.
void learn_config(const nlohmann::json& config, const Topic& source, State& state)
{
    const auto full = text_in(config, "ft");
    const auto topic = text_in(config, "t");
    const auto prefixes = config.find("tp");
    if (full.empty() || topic.empty() || full.size() > 256 || topic.size() > 256) return;
    if (prefixes == config.end() || !prefixes->is_array() || prefixes->size() != 3) return;
    const auto base_of = [&](const nlohmann::json& prefix) {
        auto base =
            replaced(full, "%prefix%", prefix.is_string() ? prefix.get<std::string>() : std::string());
        base = replaced(std::move(base), "%topic%", topic);
        base =
            replaced(std::move(base), "%id%", source[2].substr(std::min<std::size_t>(6, source[2].size())));
        while (base.ends_with('/')) base.pop_back();
        return base;
    };
    const auto tele = base_of((*prefixes)[2]);
    const TasmotaTopics::Device device{topic, tele + "/LWT"};
    state.tasmota.learn(tele, device);
    state.tasmota.learn(base_of((*prefixes)[1]), device);
}

Decoded decode_discovery(const Message& message, const Topic& topic, State& state, const DecodeLimits& limits)
{
    const auto payload = trimmed(message.payload);
    if (payload.empty())
        return rejected(store::Reject::empty, "no payload: what was discovered here is taken back");
    auto decoded = read_json(payload, {limits.payload, limits.depth, limits.metadata});
    mark(decoded, Kind::metadata);
    if (const auto config = read_tree(payload, limits); config && config->is_object() && topic[3] == "config")
        learn_config(*config, topic, state);
    return decoded;
}

std::string_view text_at(const Decoded& decoded, std::string_view pointer)
{
    const auto* field = find_field(decoded, pointer);
    const auto* text = field == nullptr ? nullptr : std::get_if<std::string>(&field->value);
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

// The units that the message names beside its values.
void take_units(Decoded& decoded)
{
    const std::string temperature(text_at(decoded, "/TempUnit"));
    const std::string pressure(text_at(decoded, "/PressureUnit"));
    const std::string speed(text_at(decoded, "/SpeedUnit"));
    if (temperature.empty() && pressure.empty() && speed.empty()) return;
    for (auto& field : decoded.fields) {
        const auto name = last_step(field.pointer);
        if (name.ends_with("Temperature") || name == "DewPoint") {
            if (temperature == "F") field.unit = "°F";
            if (temperature == "C") field.unit = "°C";
        }
        if (name.ends_with("Pressure")) field.unit = pressure;
        if (name == "Speed") field.unit = speed;
    }
}

bool is_label(const Field& field)
{
    if (!std::holds_alternative<std::string>(field.value)) return false;
    return std::find(labels.begin(), labels.end(), last_step(field.pointer)) != labels.end();
}

// What a remote control of Zigbee has sent: "click", or a command as it came, "0006!02".
bool is_zigbee_command(std::string_view pointer)
{
    constexpr std::array<std::string_view, 7> names = {"click",      "action",     "scene",     "dimmerstep",
                                                       "dimmermove", "dimmerstop", "arrowclick"};
    const auto name = last_step(pointer);
    return name.find('!') != std::string_view::npos ||
           std::find(names.begin(), names.end(), lowered(name)) != names.end();
}

bool is_of_zigbee(const Field& field)
{
    return field.pointer.starts_with("/ZbReceived/");
}

// Of a remote control also Power is what it asks for, and no state of its own.
void mark_events(Decoded& decoded)
{
    bool commands = false;
    for (auto& field : decoded.fields) {
        const std::string_view pointer = field.pointer;
        const auto name = last_step(pointer);
        const bool zigbee = is_of_zigbee(field) && is_zigbee_command(pointer);
        commands = commands || zigbee;
        if (zigbee || name == "Action" || name == "UID" || pointer.starts_with("/RfReceived/") ||
            pointer.starts_with("/IrReceived/"))
            field.kind = Kind::event;
    }
    if (!commands) return;
    for (auto& field : decoded.fields)
        if (is_of_zigbee(field) && last_step(field.pointer) == "Power") field.kind = Kind::event;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    if (is_discovery(topic)) return decode_discovery(message, topic, state, limits);
    auto decoded = read_payload(message.payload, limits);
    const auto prefix = prefix_place(topic);
    if (prefix < topic.size() && topic[prefix] == "cmnd") {
        mark(decoded, Kind::metadata);
        return decoded;
    }
    if (topic.last() == "LWT") mark(decoded, Kind::availability);
    if (decoded.rejected || (decoded.fields.size() == 1 && decoded.fields.front().pointer.empty()))
        return decoded;
    decoded.time_ms = time_at(decoded, "/Time");
    take_units(decoded);
    leave_out(decoded, is_label);
    mark_events(decoded);
    return decoded;
}

// "LYWSD03-52680f": a device heard over Bluetooth that has a message of its gateway to itself.
bool is_heard_device(std::string_view step)
{
    constexpr std::size_t digits = 6;
    if (step.size() < digits + 2 || step[step.size() - digits - 1] != '-') return false;
    return step.substr(step.size() - digits).find_first_not_of("0123456789abcdefABCDEF") ==
           std::string_view::npos;
}

void describe(const Topic& topic, Description& series)
{
    const auto prefix = prefix_place(topic);
    const auto last = topic.size() - 1;
    if (is_discovery(topic)) {
        series.device = topic[2];
    } else if (prefix == 0) {
        series.device = topic[1];
    } else {
        series.device = prefix + 1 == last || prefix >= last ? topic.before(std::min(prefix, last))
                                                             : topic.between(prefix + 1, last);
    }
    series.availability.clear();
    if (prefix == 0) series.availability = fmt::format("tele/{}/LWT", topic[1]);
    series.name = series.field.empty() ? spaced(topic.from(prefix == 0 ? 2 : last)) : words_of(series.field);
    const std::string_view field = series.field;
    if (const auto step = field.substr(0, field.find('/', 1));
        step.size() > 1 && is_heard_device(step.substr(1))) {
        series.device = step.substr(1);
        series.name = words_of(field.substr(step.size()));
    }
    const auto quantity = quantity_of(field.empty() ? topic.last() : field);
    // Tasmota writes a switch POWER and watts Power; but for a switch in Status and of Zigbee.
    const bool is_switch =
        quantity.starts_with("POWER") ||
        (quantity == "Power" && (field.starts_with("/Status/") || field.starts_with("/ZbReceived/")));
    series.unit = is_switch ? std::string_view() : look_up(units, lowered(quantity));
}

}  // namespace

const Family tasmota{"tasmota", claims, decode, describe};

}  // namespace tidegate::gateway
