#include "bridge/mqtt_sink.hpp"

#include "base/log.hpp"
#include "bridge/mqtt_client.hpp"

#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto look_again = 50ms;  // how often a wait looks whether a stop was asked for
constexpr int at_least_once = 1;

// A topic of the gateway's own, whatever its id: no wildcard, no level of its own, no NUL.
std::string topic_of(std::string_view gateway)
{
    std::string topic = "tidegate/";
    for (const char c : gateway) topic += c == '+' || c == '#' || c == '/' || c == '\0' ? '_' : c;
    return topic + "/up";
}

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

class MqttSink::Impl {
public:
    Impl(MqttClientOptions client, PayloadRules payload, std::chrono::milliseconds acknowledged_within)
        : payload_(std::move(payload)),
          acknowledged_within_(acknowledged_within),
          client_(std::move(client), {})
    {
    }
    ~Impl() { client_.disconnect(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop);
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return reopened_; }
    PayloadFormat format() const { return payload_.format; }
    std::string url() const { return client_.url().text(); }

private:
    Result<> publish(const Delivery& delivery, const std::stop_token& stop);
    Result<> acknowledged(mqtt::delivery_token& token, const std::stop_token& stop);

    // What was under way when the connection broke, and how many times in a row.
    struct Broken {
        std::uint64_t first = 0;
        bool gaps = false, alone = false;
        int times = 0;
    };

    bool breaks_the_connection(const Delivery& delivery);

    PayloadRules payload_;
    std::chrono::milliseconds acknowledged_within_;
    Broken broken_;
    std::uint64_t bytes_ = 0;     // of the last delivery
    std::uint64_t reopened_ = 0;  // connections given up because no acknowledgement came
    MqttClient client_;
};

Result<> MqttSink::Impl::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    bytes_ = 0;
    if (!client_.connected()) {
        const auto connected = client_.connect(stop);
        if (!connected) {
            broken_ = {};  // it may have broken for the same reason
            return connected.error();
        }
        log::info("upstream_connected url={} mqtt={}", url(), connected->version == 5 ? "5" : "3.1.1");
    }
    auto delivered = publish(delivery, stop);
    // What was not acknowledged is sent again by us, from the log. Paho must forget it, and so must the
    // connection.
    if (delivered || delivered.error().kind == ErrorKind::invalid) return delivered;
    const bool broke = !client_.connected();
    if (!broke) broken_ = {};
    const bool at_fault = broke && breaks_the_connection(delivery);
    client_.disconnect();
    if (!at_fault) return delivered;
    return Error{ErrorKind::invalid,
                 fmt::format("{}: the broker ends the connection at this message", url())};
}

// A broker that finds a message too large, or will not have what is in it, says so by closing the connection.
// After three times it is tried in parts. One record or gap is given up only when a broker that takes the
// connection each time breaks it ten times: a line that is bad must not cost what is sent over it.
bool MqttSink::Impl::breaks_the_connection(const Delivery& delivery)
{
    constexpr int often = 3, very_often = 10;
    const bool gaps = !delivery.gaps.empty();
    const bool alone = delivery.records.size() + delivery.gaps.size() == 1;
    const bool same = broken_.first == delivery.first() && broken_.gaps == gaps && broken_.alone == alone;
    broken_ = {delivery.first(), gaps, alone, same ? broken_.times + 1 : 1};
    return broken_.times >= (alone ? very_often : often);
}

Result<> MqttSink::Impl::publish(const Delivery& delivery, const std::stop_token& stop)
{
    const auto body = payload_of(delivery, payload_);
    if (!body) return body.error();
    bytes_ = body->size();
    try {
        const auto token = client_.paho().publish(topic_of(delivery.gateway), body->data(), body->size(),
                                                  at_least_once, false);
        return acknowledged(*token, stop);
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::unavailable, fmt::format("{}: cannot publish: {}", url(), failure.what())};
    }
}

Result<> MqttSink::Impl::acknowledged(mqtt::delivery_token& token, const std::stop_token& stop)
{
    const auto deadline = std::chrono::steady_clock::now() + acknowledged_within_;
    try {
        while (!token.wait_for(look_again)) {
            if (stop.stop_requested()) return Error{ErrorKind::unavailable, "stopped while delivering"};
            if (std::chrono::steady_clock::now() < deadline) continue;
            ++reopened_;  // deliver() ends the connection
            return Error{ErrorKind::unavailable, fmt::format("{}: no acknowledgement within {} s", url(),
                                                             acknowledged_within_.count() / 1000)};
        }
        return {};
    } catch (const mqtt::exception& failure) {
        const int reason = static_cast<int>(token.get_reason_code());
        return Error{kind_of(reason), fmt::format("{}: not acknowledged: {}", url(), failure.what())};
    }
}

Result<std::unique_ptr<MqttSink>> MqttSink::make(MqttSinkOptions options)
{
    auto url = parse_mqtt_url(options.url);
    if (!url) return url.error();
    if (options.version != 4 && options.version != 5)
        return Error{ErrorKind::invalid, "the MQTT version must be 4 (3.1.1) or 5"};
    MqttClientOptions client{.url = *url,
                             .client_id = std::move(options.client_id),
                             .user = std::move(options.user),
                             .password = std::move(options.password),
                             .ca_file = std::move(options.ca_file),
                             .version = options.version,
                             .persistent = false,
                             .keep_alive = options.keep_alive};
    try {
        auto impl = std::make_unique<Impl>(std::move(client), std::move(options.payload),
                                           options.acknowledged_within);
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
