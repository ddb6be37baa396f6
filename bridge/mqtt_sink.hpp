#pragma once

#include "bridge/mqtt_endpoint.hpp"
#include "bridge/payload.hpp"
#include "bridge/sink.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tidegate::bridge {

struct MqttSinkOptions {
    MqttEndpoint broker{};
    bool mirror = false;        // each reading is a message of its own (mqtt_mirror.hpp)
    PayloadRules payload{};     // of a mirror only the labels count
    std::size_t in_flight = 8;  // messages of batches at a time, at most; brokers allow 20 and more
    std::chrono::milliseconds acknowledged_within{10'000};
};

// Publishes each part of a delivery as a message, QoS 1, on tidegate/GATEWAY/up, several at a time; or, a
// mirror, each reading. A connection takes them in their order; what it has not acknowledged when it ends is
// sent again over the next one. Connects when there is something to deliver. Each connection has a client of
// Paho's of its own: so an acknowledgement is for a message of this connection, and nothing of the last one
// goes out over this one.
class MqttSink : public Sink {
public:
    // Does not connect yet. Errors: invalid (the URL, the version).
    static Result<std::unique_ptr<MqttSink>> make(MqttSinkOptions options);
    ~MqttSink() override;

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::size_t most_under_way() const override;
    std::size_t settled() const override;
    Result<> can_say(const store::Reading& reading) const override;
    bool takes_gaps() const override;
    std::uint64_t bytes() const override;
    std::uint64_t reopened() const override;
    std::string kind() const override { return "mqtt"; }
    std::string url() const override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit MqttSink(std::unique_ptr<Impl> impl);  // for make() alone
};

}  // namespace tidegate::bridge
