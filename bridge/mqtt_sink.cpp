#include "bridge/mqtt_sink.hpp"

#include "bridge/connection_breaks.hpp"
#include "bridge/mqtt_mirror.hpp"
#include "bridge/mqtt_publisher.hpp"
#include "bridge/topic_level.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <functional>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int at_least_once = 1;
constexpr std::size_t most_of_a_mirror = 20;  // Paho sleeps where a broker allows fewer than it is given

}  // namespace

class MqttSink::Impl {
public:
    Impl(MqttClientOptions client, const MqttSinkOptions& options)
        : mirror_(options.mirror),
          payload_(options.payload),
          in_flight_(options.in_flight),
          publisher_(std::move(client), options.acknowledged_within)
    {
    }

    Result<> deliver(const Delivery& delivery,
                     const std::function<void()>& progressed,
                     const std::stop_token& stop);
    bool mirror() const { return mirror_; }
    std::size_t in_flight() const { return in_flight_; }
    std::size_t settled() const { return settled_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return publisher_.unanswered(); }
    PayloadFormat format() const { return payload_.format; }
    std::string url() const { return publisher_.url(); }

private:
    // A message that is not acknowledged yet, and how many records it has.
    struct UnderWay {
        MqttPublisher::Token token;
        std::size_t records;
    };

    Result<> publish(const Delivery& delivery,
                     const std::function<void()>& progressed,
                     const std::stop_token& stop);
    Result<> take_first(const std::stop_token& stop);
    Result<UnderWay> begin(const Delivery& part);
    Result<MqttMessage> message_of(const Delivery& part) const;

    bool mirror_;
    PayloadRules payload_;
    std::size_t in_flight_;
    ConnectionBreaks breaks_;
    std::deque<UnderWay> under_way_;
    std::size_t settled_ = 0;  // of the last delivery, in records
    std::uint64_t bytes_ = 0;
    MqttPublisher publisher_;
};

Result<> MqttSink::Impl::deliver(const Delivery& delivery,
                                 const std::function<void()>& progressed,
                                 const std::stop_token& stop)
{
    settled_ = 0;
    bytes_ = 0;
    if (auto connected = publisher_.connect(stop); !connected) {
        breaks_ = {};  // it may have broken for the same reason
        return connected;
    }
    auto delivered = publish(delivery, progressed, stop);
    const bool alone = under_way_.empty();
    under_way_.clear();
    if (delivered || (alone && delivered.error().kind == ErrorKind::invalid)) return delivered;
    // What was not acknowledged is sent again by us, from the log: Paho must forget it.
    const bool broke = !publisher_.connected();
    if (!broke || settled_ > 0) breaks_ = {};
    const bool at_fault = broke && settled_ == 0 && breaks_.are_of(delivery);
    publisher_.disconnect();
    if (!at_fault) return delivered;
    return Error{ErrorKind::invalid,
                 fmt::format("{}: the broker ends the connection at this message", url())};
}

Result<> MqttSink::Impl::publish(const Delivery& delivery,
                                 const std::function<void()>& progressed,
                                 const std::stop_token& stop)
{
    const auto most = mirror_ ? most_of_a_mirror : in_flight_;
    const auto size = mirror_ ? 1 : std::max<std::size_t>(1, delivery.part_size());
    std::size_t begun = 0;
    do {  // gaps have no records, and are one message
        if (under_way_.size() == most) {
            if (auto done = take_first(stop); !done) return done;
            progressed();
        }
        auto part = delivery;
        part.records = delivery.records.subspan(begun, std::min(size, delivery.records.size() - begun));
        auto message = begin(part);
        if (!message) return message.error();
        under_way_.push_back(std::move(*message));
        begun += part.records.size();
    } while (begun < delivery.records.size());
    while (!under_way_.empty()) {
        if (auto done = take_first(stop); !done) return done;
        progressed();
    }
    return {};
}

Result<> MqttSink::Impl::take_first(const std::stop_token& stop)
{
    const auto first = std::move(under_way_.front());
    under_way_.pop_front();
    auto done = publisher_.acknowledged(*first.token, stop);
    if (done) settled_ += first.records;
    return done;
}

Result<MqttSink::Impl::UnderWay> MqttSink::Impl::begin(const Delivery& part)
{
    const auto message = message_of(part);
    if (!message) return message.error();
    bytes_ += message->topic.size() + message->payload.size();
    auto token = publisher_.begin(*message, at_least_once);
    if (!token) return token.error();
    return UnderWay{std::move(*token), part.records.size()};
}

Result<MqttMessage> MqttSink::Impl::message_of(const Delivery& part) const
{
    if (mirror_) return mirror_message(part, payload_.labels);
    auto body = payload_of(part, payload_);
    if (!body) return body.error();
    return MqttMessage{"tidegate/" + topic_level(part.gateway) + "/up", std::move(*body)};
}

Result<std::unique_ptr<MqttSink>> MqttSink::make(MqttSinkOptions options)
{
    auto client = client_options(options.broker);
    if (!client) return client.error();
    return std::make_unique<MqttSink>(std::make_unique<Impl>(std::move(*client), options));
}

MqttSink::MqttSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttSink::~MqttSink() = default;

Result<> MqttSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    return impl_->deliver(
        delivery, [this] { progressed(); }, stop);
}

std::size_t MqttSink::most_under_way() const
{
    return impl_->mirror() ? 1 : impl_->in_flight();
}

std::size_t MqttSink::settled() const
{
    return impl_->settled();
}

Result<> MqttSink::can_say(const store::Reading& reading) const
{
    if (impl_->mirror()) return {};
    return fits(reading, impl_->format());
}

bool MqttSink::takes_gaps() const
{
    return !impl_->mirror() && has_gaps(impl_->format());
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
