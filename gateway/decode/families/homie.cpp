#include "gateway/decode/families/homie.hpp"

#include "gateway/decode/json_fields.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

// Level of the device: homie/DEVICE up to version 4, homie/5/DEVICE since.
std::size_t device_place(const Topic& topic)
{
    return topic[1] == "5" ? 2 : 1;
}

bool claims(const Topic& topic)
{
    return topic.size() >= 3 && topic[0] == "homie";
}

Datatype datatype_of(std::string_view text)
{
    if (text == "integer") return Datatype::integer;
    if (text == "float") return Datatype::number;
    if (text == "boolean") return Datatype::boolean;
    return text.empty() ? Datatype::unknown
                        : Datatype::text;  // string, enum, color, datetime, duration, json
}

// "#" is what Homie calls a count: no unit.
std::string unit_of(std::string unit)
{
    return unit == "#" ? std::string() : unit;
}

std::optional<double> number_of(std::string_view text)
{
    const auto scalar = read_scalar(text);
    if (const auto* whole = std::get_if<std::int64_t>(&scalar.value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&scalar.value)) return *real;
    return std::nullopt;
}

std::vector<std::string> parts_of(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// "0:100" or "0:100:5" of a number, the words of an enum; a truth says true and false whatever its words are.
void take_format(Control& control, std::string_view datatype, std::string_view format)
{
    control.values.clear();
    control.least = control.most = control.step = std::nullopt;
    if (datatype == "boolean") {
        control.kind = ControlKind::toggle;
        control.values = {"true", "false"};
    } else if (datatype == "integer" || datatype == "float") {
        control.kind = ControlKind::number;
        const auto parts = parts_of(format, ':');
        if (parts.size() >= 2) {
            control.least = number_of(parts[0]);
            control.most = number_of(parts[1]);
        }
        if (parts.size() == 3) control.step = number_of(parts[2]);
    } else if (datatype == "enum" && !format.empty()) {
        control.kind = ControlKind::select;
        control.values = parts_of(format, ',');
    } else {
        control.kind = ControlKind::text;
    }
}

void learn_control(
    const json& property, const std::string& topic, const Facts& facts, const Topic& source, State& state)
{
    const auto settable = property.find("settable");
    if (settable == property.end() || !settable->is_boolean() || !settable->get<bool>()) return;
    Control control;
    control.topic = topic;
    control.command = topic + "/set";
    control.name = facts.name;
    control.device = facts.device;
    control.unit = facts.unit;
    take_format(control, text_in(property, "datatype"), text_in(property, "format"));
    state.controls.learn(source.text(), std::move(control));
}

void learn_properties(
    const json& node, const std::string& base, const Facts& device, const Topic& source, State& state)
{
    const auto properties = node.find("properties");
    if (properties == node.end() || !properties->is_object()) return;
    for (const auto& [id, property] : properties->items()) {
        if (!property.is_object()) continue;
        auto facts = device;
        facts.name = text_in(property, "name");
        facts.unit = unit_of(text_in(property, "unit"));
        facts.datatype = datatype_of(text_in(property, "datatype"));
        const auto retained = property.find("retained");  // what is not is an event (Homie: retained)
        facts.event = retained != property.end() && retained->is_boolean() && !retained->get<bool>();
        learn_control(property, fmt::format("{}/{}", base, id), facts, source, state);
        state.knowledge.learn(source.text(), fmt::format("{}/{}", base, id), "", std::move(facts));
    }
}

// Homie 5: the whole device in one JSON document.
void learn_description(const json& description, const Topic& topic, State& state)
{
    const auto place = device_place(topic);
    const auto base = topic.before(place + 1);
    state.knowledge.forget(topic.text());
    state.controls.forget(topic.text());
    Facts device;
    device.device = text_in(description, "name");
    if (device.device.empty()) device.device = topic[place];
    device.availability = fmt::format("{}/$state", base);
    const auto nodes = description.find("nodes");
    if (nodes == description.end() || !nodes->is_object()) return;
    for (const auto& [id, node] : nodes->items())
        if (node.is_object()) learn_properties(node, fmt::format("{}/{}", base, id), device, topic, state);
}

// Homie 3 and 4 say it piece by piece, in any order: what a property is told so far is a control of its
// topic, and its datatype and format wait in it for each other.
void amend_control(const Topic& topic, const std::string& value, State& state)
{
    const auto attribute = topic.last();
    const bool known = attribute == "$settable" || attribute == "$datatype" || attribute == "$format" ||
                       attribute == "$name" || attribute == "$unit";
    if (!known) return;
    const std::string property(topic.before(topic.size() - 1));
    state.controls.amend(property, [&](Control& control) {
        control.topic = property;
        control.command = property + "/set";
        if (attribute == "$settable") control.settable = value == "true";
        if (attribute == "$name") control.name = value;
        if (attribute == "$unit") control.unit = unit_of(value);
        if (attribute == "$datatype") control.datatype = value;
        if (attribute == "$format") control.format = value;
        take_format(control, control.datatype, control.format);
    });
}

// Homie 3 and 4: an attribute a topic, like DEVICE/NODE/PROPERTY/$unit. The topic is its own source.
void learn_attribute(const Message& message, const Topic& topic, State& state)
{
    if (topic.size() != device_place(topic) + 4) return;
    Facts facts;
    const auto value = std::string(trimmed(message.payload));
    amend_control(topic, value, state);
    if (topic.last() == "$name")
        facts.name = value;
    else if (topic.last() == "$unit")
        facts.unit = unit_of(value);
    else if (topic.last() == "$datatype")
        facts.datatype = datatype_of(value);
    else if (topic.last() == "$retained" && value == "false")
        facts.event = true;
    else
        return;
    state.knowledge.learn(topic.text(), topic.before(topic.size() - 1), "", std::move(facts));
}

Decoded decode_attribute(const Message& message, const Topic& topic, State& state, const DecodeLimits& limits)
{
    const bool description = topic.last() == "$description";
    auto decoded = read_payload(message.payload, {limits.payload, limits.depth, limits.metadata});
    if (decoded.rejected == store::Reject::empty) state.knowledge.forget(topic.text());
    if (decoded.rejected) return decoded;
    mark(decoded, topic.last() == "$state" ? Kind::availability : Kind::metadata);
    if (topic[device_place(topic) + 1] == "$stats" && topic.last() != "$stats") mark(decoded, Kind::reading);
    if (topic.last().starts_with("$alert") || topic.last(1) == "$alert") mark(decoded, Kind::reading);
    if (!description) {
        learn_attribute(message, topic, state);
    } else if (const auto tree = read_tree(trimmed(message.payload), limits); tree && tree->is_object()) {
        learn_description(*tree, topic, state);
    }
    return decoded;
}

// A value as its property is declared. A number that is none, or a truth that is none, is refused by the
// convention; here it is kept as the text that it is.
Decoded decode_value(const Message& message, Datatype datatype)
{
    const auto text = trimmed(message.payload);
    if (datatype != Datatype::text) return read_bare(text);
    return read_text(text);
}

bool is_attribute(const Topic& topic)
{
    for (auto i = device_place(topic) + 1; i < topic.size(); ++i)
        if (topic[i].starts_with('$')) return topic.last() != "$target";
    return false;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    if (is_attribute(topic)) return decode_attribute(message, topic, state, limits);
    if (trimmed(message.payload).empty()) return rejected(store::Reject::empty, "no payload");
    const auto facts = state.knowledge.about(topic.text(), "");
    auto decoded = decode_value(message, facts.datatype);
    if (topic.last() == "set" || topic.last() == "$target" || topic[device_place(topic)].starts_with('$'))
        mark(decoded, Kind::metadata);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    const auto place = device_place(topic);
    series.device = topic[place];
    series.name = spaced(topic.from(place + 1));
    series.availability = fmt::format("{}/$state", topic.before(place + 1));
    if (topic[place + 1] == "$stats") {
        const auto name = topic.last();
        if (name == "uptime") series.unit = "s";
        if (name == "signal" || name == "battery" || name == "cpuload") series.unit = "%";
        if (name == "cputemp") series.unit = "°C";
        if (name == "freeheap") series.unit = "B";
        if (name == "supply") series.unit = "V";
    }
}

}  // namespace

const Family homie{"homie", claims, decode, describe, true};

}  // namespace tidegate::gateway
