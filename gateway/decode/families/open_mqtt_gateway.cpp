#include "gateway/decode/families/open_mqtt_gateway.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

// Properties of the Theengs decoder, and what the gateway says of itself.
constexpr std::array units = {
    Unit{"tempc", "°C"},        Unit{"tempf", "°F"},       Unit{"tempc2", "°C"},   Unit{"tempf2", "°F"},
    Unit{"hum", "%"},           Unit{"batt", "%"},         Unit{"volt", "V"},      Unit{"pres", "hPa"},
    Unit{"lux", "lx"},          Unit{"moi", "%"},          Unit{"fer", "µS/cm"},   Unit{"co2", "ppm"},
    Unit{"form", "mg/m³"},      Unit{"pm25", "µg/m³"},     Unit{"pm10", "µg/m³"},  Unit{"distance", "m"},
    Unit{"rssi", "dBm"},        Unit{"uptime", "s"},       Unit{"freemem", "B"},   Unit{"power", "W"},
    Unit{"current", "A"},       Unit{"energy", "kWh"},     Unit{"voltage", "V"},   Unit{"speed", "km/h"},
    Unit{"steps", ""},          Unit{"weighing_mode", ""}, Unit{"impedance", "Ω"}, Unit{"tempc_probe1", "°C"},
    Unit{"tempf_probe1", "°F"}, Unit{"temp", "°C"}};

// The level that ends with "toMQTT"; none: behind the last.
std::size_t channel_place(const Topic& topic)
{
    std::size_t i = 0;
    while (i < topic.size() && !topic[i].ends_with("toMQTT")) ++i;
    return i;
}

bool claims(const Topic& topic)
{
    if (topic.size() < 3) return false;
    const auto place = channel_place(topic);
    return place > 0 && place < topic.size();
}

bool is_label(const Field& field)
{
    constexpr std::array<std::string_view, 20> labels = {"id",
                                                         "mac",
                                                         "mac_type",
                                                         "name",
                                                         "brand",
                                                         "model",
                                                         "model_id",
                                                         "type",
                                                         "cidc",
                                                         "acts",
                                                         "cont",
                                                         "track",
                                                         "ip",
                                                         "ssid",
                                                         "env",
                                                         "version",
                                                         "modules",
                                                         "servicedata",
                                                         "manufacturerdata",
                                                         "servicedatauuid"};
    return std::find(labels.begin(), labels.end(), last_step(field.pointer)) != labels.end();
}

// The unit that the payload names beside a weight: {"weight": 71.2, "unit": "kg"}.
void take_unit(Decoded& decoded)
{
    const auto* unit = find_field(decoded, "/unit");
    const auto* text = unit == nullptr ? nullptr : std::get_if<std::string>(&unit->value);
    if (text == nullptr) return;
    const std::string said = *text;
    for (auto& field : decoded.fields)
        if (field.pointer == "/weight") field.unit = said;
    leave_out(decoded, [](const Field& field) { return field.pointer == "/unit"; });
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (topic[0] == "home" && topic.last() == "config") {
        mark(decoded, Kind::metadata);
        return decoded;
    }
    // A channel that all share (433toMQTT): the id tells them apart.
    const auto* id = find_field(decoded, "/id");
    const auto* text = id == nullptr ? nullptr : std::get_if<std::string>(&id->value);
    const bool shared = channel_place(topic) + 1 == topic.size() && text != nullptr;
    const std::string source = shared ? *text : std::string();
    take_unit(decoded);
    leave_out(decoded, is_label);
    for (auto& field : decoded.fields) field.source = source;
    if (topic[channel_place(topic)] == "433toMQTT" || topic[channel_place(topic)] == "IRtoMQTT")
        mark(decoded, Kind::event);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    const auto place = channel_place(topic);
    series.device = place + 1 < topic.size() ? topic.from(place + 1) : topic.between(place - 1, place);
    series.name = series.field.empty() ? std::string(topic.last()) : words_of(series.field);
    const auto quantity = lowered(quantity_of(series.field));
    series.unit = look_up(units, quantity);
    if (series.unit.empty()) series.unit = telling_unit(quantity);  // of RTL_433toMQTT: "temperature_C"
    series.availability = fmt::format("{}/LWT", topic.before(place));
}

}  // namespace

const Family open_mqtt_gateway{"openmqttgateway", claims, decode, describe};

}  // namespace tidegate::gateway
