#pragma once

#include "bridge/mqtt_client.hpp"
#include "bridge/mqtt_message.hpp"
#include "bridge/own_connections.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace tidegate::bridge {

// Publishes messages and waits until the broker has acknowledged them, over a connection whose session ends
// with it. Paho never holds more than what is under way. What it could not write yet when a connection ends
// it would send first over the next one: so each connection has a client of its own. Private to bridge/; used
// by one thread.
class MqttPublisher {
public:
    MqttPublisher(MqttClientOptions client, std::chrono::milliseconds acknowledged_within)
        : acknowledged_within_(acknowledged_within),
          options_(std::move(client))
    {
    }
    ~MqttPublisher() { disconnect(); }
    MqttPublisher(const MqttPublisher&) = delete;
    MqttPublisher& operator=(const MqttPublisher&) = delete;

    // Connects where there is no connection. Errors: unavailable, denied, internal (out of memory).
    Result<> connect(const std::stop_token& stop);
    bool connected() const { return client_ && client_->connected(); }

    // What is not acknowledged is forgotten, and its tokens with it: wait for none of them any more.
    void disconnect() noexcept;

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

    std::string url() const { return options_.url.text(); }

private:
    std::chrono::milliseconds acknowledged_within_;
    std::uint64_t unanswered_ = 0;
    MqttClientOptions options_;  // with the version that the broker turned out to speak
    Hurry hurry_;
    bool has_stood_ = false;              // the client had its connection
    std::unique_ptr<MqttClient> client_;  // none: never connected, or disconnected
};

}  // namespace tidegate::bridge
