#include "bridge/mqtt_sink.hpp"

#include "bridge/connection_breaks.hpp"
#include "bridge/mqtt_publisher.hpp"
#include "bridge/topic_level.hpp"

#include <fmt/format.h>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int at_least_once = 1;

}  // namespace

class MqttSink::Impl {
public:
    Impl(MqttClientOptions client, PayloadRules payload, std::chrono::milliseconds acknowledged_within)
        : payload_(std::move(payload)),
          publisher_(std::move(client), acknowledged_within)
    {
    }

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop);
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return publisher_.unanswered(); }
    PayloadFormat format() const { return payload_.format; }
    std::string url() const { return publisher_.url(); }

private:
    Result<> publish(const Delivery& delivery, const std::stop_token& stop);

    PayloadRules payload_;
    ConnectionBreaks breaks_;
    std::uint64_t bytes_ = 0;  // of the last delivery
    MqttPublisher publisher_;
};

Result<> MqttSink::Impl::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    bytes_ = 0;
    if (auto connected = publisher_.connect(stop); !connected) {
        breaks_ = {};  // it may have broken for the same reason
        return connected;
    }
    auto delivered = publish(delivery, stop);
    // What was not acknowledged is sent again by us, from the log. Paho must forget it, and so must the
    // connection.
    if (delivered || delivered.error().kind == ErrorKind::invalid) return delivered;
    const bool broke = !publisher_.connected();
    if (!broke) breaks_ = {};
    const bool at_fault = broke && breaks_.are_of(delivery);
    publisher_.disconnect();
    if (!at_fault) return delivered;
    return Error{ErrorKind::invalid,
                 fmt::format("{}: the broker ends the connection at this message", url())};
}

Result<> MqttSink::Impl::publish(const Delivery& delivery, const std::stop_token& stop)
{
    const auto body = payload_of(delivery, payload_);
    if (!body) return body.error();
    bytes_ = body->size();
    const auto topic = "tidegate/" + topic_level(delivery.gateway) + "/up";
    return publisher_.publish(topic, *body, at_least_once, stop);
}

Result<std::unique_ptr<MqttSink>> MqttSink::make(MqttSinkOptions options)
{
    auto payload = std::move(options.payload);
    const auto within = options.acknowledged_within;
    auto client = client_options(std::move(options));
    if (!client) return client.error();
    try {
        auto impl = std::make_unique<Impl>(std::move(*client), std::move(payload), within);
        return std::make_unique<MqttSink>(std::move(impl));
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
}

MqttSink::MqttSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttSink::~MqttSink() = default;

Result<> MqttSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    return impl_->deliver(delivery, stop);
}

Result<> MqttSink::can_say(const store::Reading& reading) const
{
    return fits(reading, impl_->format());
}

bool MqttSink::takes_gaps() const
{
    return has_gaps(impl_->format());
}

std::uint64_t MqttSink::bytes() const
{
    return impl_->bytes();
}

std::uint64_t MqttSink::reopened() const
{
    return impl_->reopened();
}

std::string MqttSink::url() const
{
    return impl_->url();
}

}  // namespace tidegate::bridge
