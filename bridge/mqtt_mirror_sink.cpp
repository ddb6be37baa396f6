#include "bridge/mqtt_mirror_sink.hpp"

#include "base/json_text.hpp"
#include "bridge/connection_breaks.hpp"
#include "bridge/delivery_json.hpp"
#include "bridge/mqtt_publisher.hpp"

#include <cmath>
#include <deque>
#include <fmt/format.h>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int at_least_once = 1;
constexpr std::size_t most_under_way = 20;  // Paho sleeps where a broker allows fewer than it is given

}  // namespace

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

class MqttMirrorSink::Impl {
public:
    Impl(MqttClientOptions client, Labels labels, std::chrono::milliseconds acknowledged_within)
        : labels_(std::move(labels)),
          publisher_(std::move(client), acknowledged_within)
    {
    }

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop);
    std::size_t settled() const { return settled_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return publisher_.unanswered(); }
    std::string url() const { return publisher_.url(); }

private:
    Result<> publish(const Delivery& delivery, const std::stop_token& stop);
    Result<MqttPublisher::Token> begin(const Delivery& delivery, std::size_t index);

    Labels labels_;
    std::size_t settled_ = 0;
    std::uint64_t bytes_ = 0;  // of the last delivery
    ConnectionBreaks breaks_;
    MqttPublisher publisher_;
};

Result<> MqttMirrorSink::Impl::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    settled_ = 0;
    bytes_ = 0;
    if (auto connected = publisher_.connect(stop); !connected) {
        breaks_ = {};
        return connected;
    }
    auto delivered = publish(delivery, stop);
    if (delivered) return delivered;
    // What was not acknowledged is sent again, from the log: Paho must forget it.
    const bool broke = !publisher_.connected();
    if (!broke || settled_ > 0) breaks_ = {};
    const bool at_fault = broke && settled_ == 0 && breaks_.are_of(delivery);
    publisher_.disconnect();
    if (!at_fault) return delivered;
    return Error{ErrorKind::invalid,
                 fmt::format("{}: the broker ends the connection at this message", url())};
}

Result<> MqttMirrorSink::Impl::publish(const Delivery& delivery, const std::stop_token& stop)
{
    std::deque<MqttPublisher::Token> under_way;
    const auto take_first = [&]() -> Result<> {
        const auto token = std::move(under_way.front());
        under_way.pop_front();
        auto done = publisher_.acknowledged(*token, stop);
        if (done) ++settled_;
        return done;
    };
    for (std::size_t i = 0; i < delivery.records.size(); ++i) {
        if (under_way.size() == most_under_way)
            if (auto done = take_first(); !done) return done;
        auto token = begin(delivery, i);
        if (!token) return token.error();
        under_way.push_back(std::move(*token));
    }
    while (!under_way.empty())
        if (auto done = take_first(); !done) return done;
    return {};
}

Result<MqttPublisher::Token> MqttMirrorSink::Impl::begin(const Delivery& delivery, std::size_t index)
{
    const auto& reading = delivery.records[index].reading;
    const auto series = delivery.series.get(reading.series).value_or(store::Series{});
    auto one = delivery;
    one.records = delivery.records.subspan(index, 1);
    mqtt::properties properties;
    properties.add({mqtt::property::USER_PROPERTY, "idempotency-key", delivery_key(one)});
    properties.add({mqtt::property::USER_PROPERTY, "time", std::to_string(reading.time_ms)});
    const auto topic = mirror_topic(labels_.topic_of(series, delivery.gateway), series.field);
    const auto payload = mirror_payload(reading.value);
    bytes_ += topic.size() + payload.size();
    return publisher_.begin(topic, payload, at_least_once, properties);
}

Result<std::unique_ptr<MqttMirrorSink>> MqttMirrorSink::make(MqttSinkOptions options)
{
    auto labels = std::move(options.payload.labels);
    const auto within = options.acknowledged_within;
    auto client = client_options(std::move(options));
    if (!client) return client.error();
    try {
        return std::make_unique<MqttMirrorSink>(
            std::make_unique<Impl>(std::move(*client), std::move(labels), within));
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
}

MqttMirrorSink::MqttMirrorSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttMirrorSink::~MqttMirrorSink() = default;

Result<> MqttMirrorSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    return impl_->deliver(delivery, stop);
}

std::size_t MqttMirrorSink::settled() const
{
    return impl_->settled();
}

std::uint64_t MqttMirrorSink::bytes() const
{
    return impl_->bytes();
}

std::uint64_t MqttMirrorSink::reopened() const
{
    return impl_->reopened();
}

std::string MqttMirrorSink::url() const
{
    return impl_->url();
}

}  // namespace tidegate::bridge
