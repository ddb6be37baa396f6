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
        state.knowledge.learn(source.text(), fmt::format("{}/{}", base, id), "", std::move(facts));
    }
}

// Homie 5: the whole device in one JSON document.
void learn_description(const json& description, const Topic& topic, State& state)
{
    const auto place = device_place(topic);
    const auto base = topic.before(place + 1);
    state.knowledge.forget(topic.text());
    Facts device;
    device.device = text_in(description, "name");
    if (device.device.empty()) device.device = topic[place];
    device.availability = fmt::format("{}/$state", base);
    const auto nodes = description.find("nodes");
    if (nodes == description.end() || !nodes->is_object()) return;
    for (const auto& [id, node] : nodes->items())
        if (node.is_object()) learn_properties(node, fmt::format("{}/{}", base, id), device, topic, state);
}

// Homie 3 and 4: an attribute a topic, like DEVICE/NODE/PROPERTY/$unit. The topic is its own source.
void learn_attribute(const Message& message, const Topic& topic, State& state)
{
    if (topic.size() != device_place(topic) + 4) return;
    Facts facts;
    const auto value = std::string(trimmed(message.payload));
    if (topic.last() == "$name")
        facts.name = value;
    else if (topic.last() == "$unit")
        facts.unit = unit_of(value);
    else if (topic.last() == "$datatype")
        facts.datatype = datatype_of(value);
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
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
        return rejected(store::Reject::not_utf8, "Homie's payloads are UTF-8");
    Decoded decoded;
    decoded.fields.push_back({"", std::string(text)});
    return decoded;
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

const Family homie{"homie", claims, decode, describe};

}  // namespace tidegate::gateway
