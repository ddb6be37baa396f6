#include "bridge/mqtt_mirror.hpp"

#include "base/json_text.hpp"
#include "bridge/delivery_json.hpp"

#include <cmath>

namespace tidegate::bridge {

std::string mirror_topic(std::string_view topic, std::string_view field)
{
    std::string out;
    const auto add = [&out](char c) { out += c == '+' || c == '#' || c == '\0' ? '_' : c; };
    for (const char c : topic) add(c);
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '~' || i + 1 == field.size()) {
            add(field[i]);
            continue;
        }
        ++i;  // RFC 6901: ~0 is "~", ~1 is "/", which would begin a level
        out += field[i] == '0' ? '~' : '_';
    }
    return out;
}

std::string mirror_payload(const store::Value& value)
{
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    const auto number = std::get<double>(value);
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    std::string out;
    append_json_number(out, number);
    return out;
}

MqttMessage mirror_message(const Delivery& one, const Labels& labels)
{
    const auto& reading = one.records.front().reading;
    const auto series = one.series.get(reading.series).value_or(store::Series{});
    return {
        .topic = mirror_topic(labels.topic_of(series, one.gateway), series.field),
        .payload = mirror_payload(reading.value),
        .properties = {{"idempotency-key", delivery_key(one)}, {"time", std::to_string(reading.time_ms)}}};
}

}  // namespace tidegate::bridge
