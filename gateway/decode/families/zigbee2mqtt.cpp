#include "gateway/decode/families/zigbee2mqtt.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

// Of what most devices expose; bridge/devices tells it exactly.
constexpr std::array units = {Unit{"temperature", "°C"},
                              Unit{"local_temperature", "°C"},
                              Unit{"device_temperature", "°C"},
                              Unit{"humidity", "%"},
                              Unit{"soil_moisture", "%"},
                              Unit{"pressure", "hPa"},
                              Unit{"battery", "%"},
                              Unit{"voltage", "mV"},
                              Unit{"illuminance", "lx"},
                              Unit{"illuminance_lux", "lx"},
                              Unit{"power", "W"},
                              Unit{"current", "A"},
                              Unit{"energy", "kWh"},
                              Unit{"co2", "ppm"},
                              Unit{"linkquality", "lqi"},
                              Unit{"position", "%"},
                              Unit{"occupied_heating_setpoint", "°C"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 2 && topic[0] == "zigbee2mqtt";
}

bool is_command(const Topic& topic)
{
    return topic.last() == "set" || topic.last() == "get" || topic.last(1) == "set" || topic.last(1) == "get";
}

std::optional<double> number_in(const json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

// "ON" as it is, true as JSON writes it; what is neither text nor truth is none.
std::string word_in(const json& object, const char* name, bool& quoted)
{
    const auto found = object.find(name);
    if (found == object.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (!found->is_boolean()) return {};
    quoted = false;
    return found->dump();
}

// What values it takes. False: none that could be offered. `quoted`: whether they are texts.
bool take_values(const json& expose, Control& control, bool& quoted)
{
    const auto type = text_in(expose, "type");
    quoted = type != "numeric";
    if (type == "numeric") {
        control.kind = ControlKind::number;
        control.least = number_in(expose, "value_min");
        control.most = number_in(expose, "value_max");
        control.step = number_in(expose, "value_step");
        return true;
    }
    if (type == "binary") {
        control.kind = ControlKind::toggle;
        for (const auto* name : {"value_on", "value_off", "value_toggle"})
            if (auto word = word_in(expose, name, quoted); !word.empty())
                control.values.push_back(std::move(word));
        return control.values.size() >= 2;
    }
    if (type != "enum") return type == "text";
    control.kind = ControlKind::select;
    const auto values = expose.find("values");
    if (values == expose.end() || !values->is_array()) return false;
    for (const auto& value : *values)
        if (value.is_string()) control.values.push_back(value.get<std::string>());
    return !control.values.empty();
}

// What it takes on TOPIC/set. Bit 1 of `access`: it can be set.
void learn_control(const Topic& source,
                   const std::string& topic,
                   const std::string& device,
                   const json& expose,
                   State& state)
{
    constexpr unsigned can_be_set = 2;
    const auto access = expose.find("access");
    if (access == expose.end() || !access->is_number_unsigned() ||
        (access->get<unsigned>() & can_be_set) == 0)
        return;
    Control control;
    control.topic = topic;
    control.command = topic + "/set";
    control.device = device;
    control.name = text_in(expose, "label");
    control.unit = text_in(expose, "unit");
    const auto property = text_in(expose, "property");
    append_step(control.pointer, property);
    bool quoted = true;
    if (!take_values(expose, control, quoted)) return;
    control.shape =
        fmt::format("{{{}:{}}}", json(property).dump(-1, ' ', false, json::error_handler_t::replace),
                    quoted ? "\"%v\"" : "%v");
    state.controls.learn(source.text(), std::move(control));
}

// An expose of bridge/devices, with the features that it is made of.
void learn_expose(const Topic& source,
                  const std::string& topic,
                  const std::string& device,
                  const json& expose,
                  std::string pointer,
                  State& state)
{
    if (!expose.is_object()) return;
    const auto property = text_in(expose, "property");
    if (!property.empty()) append_step(pointer, property);
    if (const auto features = expose.find("features"); features != expose.end() && features->is_array()) {
        for (const auto& feature : *features) learn_expose(source, topic, device, feature, pointer, state);
        return;
    }
    if (property.empty()) return;
    const bool whole = pointer.find('/', 1) == std::string::npos;  // not a part of a composite
    if (whole) learn_control(source, topic, device, expose, state);
    Facts facts;
    facts.device = device;
    facts.unit = text_in(expose, "unit");
    facts.name = text_in(expose, "label");
    state.knowledge.learn(source.text(), topic, pointer, std::move(facts));
}

Decoded learn_devices(const Message& message, const Topic& topic, State& state, const DecodeLimits& limits)
{
    const auto devices = read_tree(trimmed(message.payload), limits);
    if (!devices) return rejected(store::Reject::malformed, "a list of devices was expected");
    state.knowledge.forget(topic.text());
    state.controls.forget(topic.text());
    for (const auto& device : *devices) {
        const auto name = text_in(device, "friendly_name");
        const auto definition = device.is_object() ? device.find("definition") : device.end();
        if (name.empty() || definition == device.end() || !definition->is_object()) continue;
        const auto exposes = definition->find("exposes");
        if (exposes == definition->end() || !exposes->is_array()) continue;
        const auto base = fmt::format("{}/{}", topic[0], name);
        Facts facts;
        facts.device = name;
        facts.availability = base + "/availability";
        state.declared.push_back(
            {name,
             {{.topic = fmt::format("{}/bridge/state", topic[0])}, {.topic = facts.availability}},
             AvailabilityMode::all});
        state.knowledge.learn(topic.text(), base, Knowledge::every_field, std::move(facts));
        for (const auto& expose : *exposes) learn_expose(topic, base, name, expose, "", state);
    }
    if (state.knowledge.size() >= state.knowledge.most())
        return rejected(store::Reject::series_limit,
                        "the devices expose more than there is room to remember");
    auto decoded = read_json(trimmed(message.payload), {limits.payload, limits.depth, limits.metadata});
    mark(decoded, Kind::metadata);
    return decoded;
}

Decoded decode_bridge(const Message& message, const Topic& topic, State& state, const DecodeLimits& limits)
{
    if (topic[2] == "devices") return learn_devices(message, topic, state, limits);
    auto decoded = read_payload(message.payload, {limits.payload, limits.depth, limits.metadata});
    mark(decoded, topic[2] == "state"   ? Kind::availability
                  : topic[2] == "event" ? Kind::event
                                        : Kind::metadata);
    return decoded;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    if (topic[1] == "bridge") return decode_bridge(message, topic, state, limits);
    auto decoded = read_payload(
        message.payload,
        is_command(topic) ? DecodeLimits{limits.payload, limits.depth, limits.metadata} : limits);
    if (is_command(topic)) {
        mark(decoded, Kind::metadata);
        return decoded;
    }
    if (topic.last() == "availability") {
        mark(decoded, Kind::availability);
        return decoded;
    }
    for (auto& field : decoded.fields)
        if (field.pointer == "/action" || (field.pointer.empty() && topic.last() == "action"))
            field.kind = Kind::event;
    leave_out(decoded, [](const Field& field) {
        return field.pointer == "/last_seen" || field.pointer.starts_with("/update/") ||
               field.pointer.starts_with("/device/");
    });
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    const bool availability = topic.size() > 2 && topic.last() == "availability";
    const auto count = topic.size();
    series.device = topic.between(1, availability ? count - 1 : count);
    series.name = availability ? "availability" : words_of(series.field);
    series.unit = look_up(units, lowered(quantity_of(series.field)));
    if (series.field.empty() && !availability && count > 2) {  // an attribute a topic
        series.device = topic.between(1, count - 1);
        series.name = topic.last();
        series.unit = look_up(units, topic.last());
    }
    if (!availability && topic[1] != "bridge")
        series.availability = fmt::format("{}/{}/availability", topic[0], series.device);
}

}  // namespace

const Family zigbee2mqtt{"zigbee2mqtt", claims, decode, describe, true};

}  // namespace tidegate::gateway
