#include "gateway/decode/families/zwave.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

bool claims(const Topic& topic)
{
    return topic.size() >= 3 && (topic[0] == "zwave" || topic[0] == "zwavejs2mqtt" || topic[0] == "zwavejs");
}

bool is_own(const Topic& topic)  // of the gateway itself
{
    return topic[1].starts_with("_CLIENTS") || topic[1].starts_with("_EVENTS") || topic[1] == "driver";
}

// Command classes by number or by name, as the gateway is set.
bool has_class(const Topic& topic, std::string_view number, std::string_view name)
{
    for (std::size_t i = 2; i + 1 < topic.size(); ++i)
        if (topic[i] == number || topic[i] == name) return true;
    return false;
}

std::string text_at(const Decoded& decoded, std::string_view pointer)
{
    const auto* field = find_field(decoded, pointer);
    const auto* text = field == nullptr ? nullptr : std::get_if<std::string>(&field->value);
    return text == nullptr ? std::string() : *text;
}

// {"time": …, "value": …}, or the whole value object with its label and unit.
Decoded take_value(Decoded decoded)
{
    const auto unit = text_at(decoded, "/unit");
    const auto label = text_at(decoded, "/label");
    for (const auto* pointer : {"/time", "/lastUpdate"})
        if (const auto* time = find_field(decoded, pointer))
            decoded.time_ms = time_from_milliseconds(time->value);
    leave_out(decoded, [](const Field& field) {
        return field.pointer != "/value" && !field.pointer.starts_with("/value/") &&
               field.pointer != "/status";
    });
    for (auto& field : decoded.fields) {
        if (field.pointer != "/value") continue;
        field.unit = unit;
        field.name = label;
    }
    return decoded;
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (is_own(topic) || topic.last() == "nodeinfo" || topic.last() == "set" ||
        topic.last() == "lastActive") {
        mark(decoded, Kind::metadata);
        return decoded;
    }
    if (find_field(decoded, "/value") != nullptr || find_field(decoded, "/value/0") != nullptr)
        decoded = take_value(std::move(decoded));
    if (topic.last() == "status") mark(decoded, Kind::availability);
    if (has_class(topic, "91", "central_scene") || has_class(topic, "43", "scene_activation"))
        mark(decoded, Kind::event);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    // LOCATION/NODE/CLASS or NODE/CLASS: the class is a number, or a name in lower case before an endpoint.
    std::size_t cls = 2;
    for (std::size_t i = 2; i + 1 < topic.size(); ++i)
        if (topic[i + 1] == "0" || topic[i + 1].starts_with("endpoint_")) {
            cls = i;
            break;
        }
    // Of the node itself, wherever it is: LOCATION/NODE/status.
    if (topic.last() == "status" || topic.last() == "lastActive" || topic.last() == "nodeinfo")
        cls = topic.size() - 1;
    series.device = topic.size() > cls ? topic.between(1, cls) : topic.from(1);
    series.name = spaced(topic.from(cls));
    series.availability = fmt::format("{}/status", topic.before(cls));
    series.unit.clear();
    if (has_class(topic, "128", "battery") && topic.last() == "level") series.unit = "%";
}

}  // namespace

const Family zwave{"zwave-js-ui", claims, decode, describe, true};

}  // namespace tidegate::gateway
