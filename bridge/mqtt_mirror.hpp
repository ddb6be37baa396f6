#pragma once

#include "bridge/mqtt_message.hpp"
#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <string>
#include <string_view>

namespace tidegate::bridge {

// A delivery of one reading as a message of its own: under its topic as the labels rename it, with its field
// behind it where the payload had more than one value. The payload is the value alone. The user properties
// "idempotency-key" (GATEWAY/EPOCH/SEQ-SEQ) and "time" (milliseconds since 1970) say which reading it is.
// Pure.
MqttMessage mirror_message(const Delivery& one, const Labels& labels);

// "plant/boiler" and "/AM2301/Temperature" are "plant/boiler/AM2301/Temperature". A name with a character
// that a topic level cannot have gets "_" in its place.
std::string mirror_topic(std::string_view topic, std::string_view field);

// As text: a number as JSON has it, true or false, NaN, Infinity, -Infinity, a text as it is.
std::string mirror_payload(const store::Value& value);

}  // namespace tidegate::bridge
