#include "gateway/decode/families/esphome.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array<std::string_view, 15> components = {
    "sensor",  "binary_sensor", "switch", "light",  "number", "text_sensor", "fan",  "cover",
    "climate", "select",        "lock",   "button", "text",   "valve",       "event"};

bool is_discovery(const Topic& topic)
{
    return topic.size() >= 3 && topic[0] == "esphome" && (topic[1] == "discover" || topic[1] == "ping");
}

bool claims(const Topic& topic)
{
    if (is_discovery(topic)) return true;
    if (topic.size() < 4 || (topic.last() != "state" && topic.last() != "command")) return false;
    return std::find(components.begin(), components.end(), topic.last(2)) != components.end();
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    const auto payload = trimmed(message.payload);
    const bool text = topic.last() == "state" && (topic.last(2) == "text_sensor" || topic.last(2) == "text" ||
                                                  topic.last(2) == "select");
    auto decoded = text && !payload.empty() ? read_text(payload) : read_payload(message.payload, limits);
    if (is_discovery(topic) || topic.last() == "command") mark(decoded, Kind::metadata);
    if (topic.last(2) == "event") mark(decoded, Kind::event);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    if (is_discovery(topic)) {
        series.device = topic[2];
        return;
    }
    series.device = topic.before(topic.size() - 3);
    series.name = topic.last(1);
    if (!series.field.empty()) series.name += fmt::format(" {}", words_of(series.field));
    series.availability = fmt::format("{}/status", series.device);
    series.unit = telling_unit(lowered(series.name));
}

}  // namespace

const Family esphome{"esphome", claims, decode, describe};

}  // namespace tidegate::gateway
