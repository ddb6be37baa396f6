#pragma once

#include "bridge/mqtt_sink.hpp"
#include "bridge/series_pattern.hpp"
#include "bridge/sink.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tidegate::bridge {

// Publishes each reading as a message of its own, QoS 1: under its topic as the labels rename it, with its
// field behind it where the payload had more than one value. The payload is the value alone. With MQTT 5 the
// user properties "idempotency-key" (GATEWAY/EPOCH/SEQ-SEQ) and "time" (milliseconds since 1970) say which
// reading it is. Up to 20 are under way at a time: brokers allow no fewer.
class MqttMirrorSink : public Sink {
public:
    // Of the options' payload only the labels count. Does not connect yet. Errors: invalid (the URL, the
    // version), internal.
    static Result<std::unique_ptr<MqttMirrorSink>> make(MqttSinkOptions options);
    ~MqttMirrorSink() override;

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::size_t settled() const override;
    bool takes_gaps() const override { return false; }
    std::uint64_t bytes() const override;
    std::uint64_t reopened() const override;
    std::string kind() const override { return "mqtt"; }
    std::string url() const override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit MqttMirrorSink(std::unique_ptr<Impl> impl);  // for make() alone
};

// "plant/boiler" and "/AM2301/Temperature" are "plant/boiler/AM2301/Temperature". A name with a character
// that a topic level cannot have gets "_" in its place.
std::string mirror_topic(std::string_view topic, std::string_view field);

// As text: a number as JSON has it, true or false, NaN, Infinity, -Infinity, a text as it is.
std::string mirror_payload(const store::Value& value);

}  // namespace tidegate::bridge
