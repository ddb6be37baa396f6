#pragma once

#include "bridge/mqtt_client.hpp"
#include "bridge/mqtt_message.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

namespace tidegate::bridge {

// Publishes messages and waits until the broker has acknowledged them, over a connection whose session ends
// with it. Paho never holds more than what is under way, and forgets it with the connection. Private to
// bridge/; used by one thread.
class MqttPublisher {
public:
    // Throws mqtt::exception when Paho refuses to make a client (out of memory).
    MqttPublisher(MqttClientOptions client, std::chrono::milliseconds acknowledged_within)
        : acknowledged_within_(acknowledged_within),
          client_(std::move(client), {})
    {
    }
    ~MqttPublisher() { client_.disconnect(); }
    MqttPublisher(const MqttPublisher&) = delete;
    MqttPublisher& operator=(const MqttPublisher&) = delete;

    // Connects where there is no connection. Errors: unavailable, denied.
    Result<> connect(const std::stop_token& stop);
    bool connected() const { return client_.connected(); }
    void disconnect() noexcept { client_.disconnect(); }

    // QoS 0: returns when it is sent. Errors: unavailable (not acknowledged in time, a stop was asked for, or
    // the connection broke: it may have arrived all the same), denied, invalid (the broker says so).
    Result<> publish(const MqttMessage& message, int qos, const std::stop_token& stop);

    // The two halves of publish(), for several messages under way: begin() each, then wait for each in turn.
    // Errors of begin(): unavailable.
    using Token = mqtt::delivery_token_ptr;
    Result<Token> begin(const MqttMessage& message, int qos);
    Result<> acknowledged(mqtt::delivery_token& token, const std::stop_token& stop);

    std::uint64_t unanswered() const
    {
        return unanswered_;
    }  // waits that ended without an acknowledgement in time

    std::string url() const { return client_.url().text(); }

private:
    std::chrono::milliseconds acknowledged_within_;
    std::uint64_t unanswered_ = 0;
    int version_ = 0;  // spoken on the connection
    MqttClient client_;
};

}  // namespace tidegate::bridge
