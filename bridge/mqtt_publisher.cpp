#include "bridge/mqtt_publisher.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto look_again = 50ms;  // how often a wait looks whether a stop was asked for

// Of a PUBACK of MQTT 5; 3.1.1 has none.
ErrorKind kind_of(int reason)
{
    switch (reason) {
    case mqtt::ReasonCode::NOT_AUTHORIZED: return ErrorKind::denied;
    case mqtt::ReasonCode::TOPIC_NAME_INVALID:
    case mqtt::ReasonCode::PACKET_TOO_LARGE:
    case mqtt::ReasonCode::PAYLOAD_FORMAT_INVALID: return ErrorKind::invalid;
    default: return ErrorKind::unavailable;
    }
}

}  // namespace

Result<> MqttPublisher::connect(const std::stop_token& stop)
{
    if (connected()) return {};
    if (has_stood_) disconnect();
    try {
        if (!client_) client_ = std::make_unique<MqttClient>(options_, MqttClient::Handlers{});
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
    const auto connected = client_->connect(stop);
    if (!connected) return connected.error();
    has_stood_ = true;
    hurry_.begin(options_.url.port);
    options_.endpoint.version = connected->version;
    options_.spoke_5 = connected->version == 5;
    log::info("publisher_connected url={} mqtt={}", url(), connected->version == 5 ? "5" : "3.1.1");
    return {};
}

void MqttPublisher::disconnect() noexcept
{
    if (client_) client_->disconnect();
    client_.reset();
    has_stood_ = false;
}

Result<> MqttPublisher::publish(const MqttMessage& message, int qos, const std::stop_token& stop)
{
    auto token = begin(message, qos);
    if (!token) return token.error();
    return acknowledged(**token, stop);
}

Result<MqttPublisher::Token> MqttPublisher::begin(const MqttMessage& message, int qos)
{
    constexpr int version_5 = 5;
    if (!client_) return Error{ErrorKind::unavailable, fmt::format("{}: not connected", url())};
    try {
        const auto made =
            mqtt::make_message(message.topic, message.payload.data(), message.payload.size(), qos, false);
        mqtt::properties properties;
        for (const auto& [name, value] : message.properties)
            properties.add({mqtt::property::USER_PROPERTY, name, value});
        if (options_.endpoint.version == version_5 && !properties.empty()) made->set_properties(properties);
        return client_->paho().publish(made);
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::unavailable, fmt::format("{}: cannot publish: {}", url(), failure.what())};
    }
}

Result<> MqttPublisher::acknowledged(mqtt::delivery_token& token, const std::stop_token& stop)
{
    const auto deadline = std::chrono::steady_clock::now() + acknowledged_within_;
    hurry_.acknowledge();
    try {
        while (!token.wait_for(look_again)) {
            if (stop.stop_requested()) return Error{ErrorKind::unavailable, "stopped while delivering"};
            if (std::chrono::steady_clock::now() < deadline) continue;
            ++unanswered_;
            return Error{ErrorKind::unavailable, fmt::format("{}: no acknowledgement within {} s", url(),
                                                             acknowledged_within_.count() / 1000)};
        }
        return {};
    } catch (const mqtt::exception& failure) {
        const int reason = static_cast<int>(token.get_reason_code());
        return Error{kind_of(reason), fmt::format("{}: not acknowledged: {}", url(), failure.what())};
    }
}

}  // namespace tidegate::bridge
