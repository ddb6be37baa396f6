#include "bridge/subscriber.hpp"

#include "bridge/arrivals.hpp"
#include "bridge/backoff.hpp"
#include "bridge/broker_status.hpp"
#include "bridge/link_probe.hpp"
#include "bridge/mqtt_client.hpp"
#include "bridge/own_connections.hpp"
#include "bridge/subscriptions.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <optional>
#include <pthread.h>
#include <thread>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto first_retry = 100ms;
constexpr auto longest_retry = 1000ms;
constexpr auto suback_limit = 5s;  // without a word from the broker
constexpr auto stable_after = 2s;  // a connection that broke sooner counts as a failed one
constexpr auto look_at_clock = 1s;
constexpr auto look_at_ring = 20ms;
constexpr auto goodbye_limit = 500ms;

}  // namespace

class Subscriber::Impl {
public:
    Impl(SubscriberOptions options, IntakeRing& ring)
        : options_(std::move(options)),
          ring_(ring),
          arrivals_(ring_, {options_.largest_payload, options_.own}),
          status_(options_.broker.url)
    {
    }
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> start();
    void stop();
    SubscriberStatus status() const;

private:
    Result<> make_client(MqttClientOptions options);

    // Supervisor thread.
    void supervise(const std::stop_token& stop);
    bool connect(const std::stop_token& stop);
    void stay(const std::stop_token& stop);
    void give_up(const std::string& why);
    void wait_for_room(const std::stop_token& stop);
    void say_goodbye();

    // Paho's receive thread.
    void take(const MqttArrival& arrival) noexcept;
    void begin(mqtt::async_client& client, bool session_present) noexcept;
    void lost(const std::string& why) noexcept;

    SubscriberOptions options_;
    IntakeRing& ring_;
    MqttUrl url_;
    std::stop_source stop_;
    Arrivals arrivals_;
    std::atomic<bool> was_away_ = false;  // the broker, since the last connection: it may have begun anew

    BrokerStatus status_;

    // Last, for its callbacks use what is above (and never this pointer). The thread ends before the client
    // goes.
    std::optional<Subscriptions> subscriptions_;
    LinkProbe probe_{"tidegate/nobody"};
    std::unique_ptr<MqttClient> client_;
    std::jthread supervisor_;
};

Result<> Subscriber::Impl::start()
{
    auto client = client_options(options_.broker);
    if (!client) return client.error();
    auto filters = disjoint(options_.filters);
    if (!filters) return filters.error();

    url_ = client->url;
    status_.is(url_.text());
    const auto session = fmt::format("{} at {}", options_.broker.client_id, url_.text());
    if (!options_.memory.empty())
        if (auto opened = arrivals_.remember(options_.memory, session); !opened) return opened;
    subscriptions_.emplace(std::move(*filters), options_.sessions, session, [this] { status_.answered(); });
    client->persistent = true;
    client->session_expiry = options_.session_expiry;
    client->will_topic = options_.status_topic;
    client->will_payload = options_.offline;
    if (auto made = make_client(std::move(*client)); !made) return made;
    supervisor_ = std::jthread([this] {
        ::pthread_setname_np(::pthread_self(), "tg-subscriber");
        supervise(stop_.get_token());
    });
    return {};
}

Result<> Subscriber::Impl::make_client(MqttClientOptions options)
{
    try {
        client_ = std::make_unique<MqttClient>(
            std::move(options),
            MqttClient::Handlers{
                .message = [this](const MqttArrival& arrival) { take(arrival); },
                .connected = [this](mqtt::async_client& client,
                                    bool session_present) { begin(client, session_present); },
                .lost = [this](const std::string& why) { lost(why); }});
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
    return {};
}

void Subscriber::Impl::stop()
{
    if (!client_) return;
    stop_.request_stop();
    supervisor_.join();
    say_goodbye();
    client_->disconnect();
    client_.reset();
    status_.stopped();
}

// A DISCONNECT keeps the broker from saying it for us.
void Subscriber::Impl::say_goodbye()
{
    if (options_.status_topic.empty() || !client_->connected()) return;
    try {
        client_->paho().publish(options_.status_topic, options_.offline, 1, true)->wait_for(goodbye_limit);
    } catch (const mqtt::exception&) {
        // Then the broker says it, when it misses us.
    }
}

SubscriberStatus Subscriber::Impl::status() const
{
    auto status = status_.copy();
    status.duplicates = arrivals_.duplicates();
    status.redelivered = arrivals_.redelivered();
    status.own = arrivals_.own();
    return status;
}

void Subscriber::Impl::supervise(const std::stop_token& stop)
{
    Backoff backoff(first_retry, longest_retry);
    while (!stop.stop_requested()) {
        const auto began = std::chrono::steady_clock::now();
        if (connect(stop)) {
            stay(stop);
            if (std::chrono::steady_clock::now() - began > stable_after) backoff.succeeded();
        }
        if (stop.stop_requested()) return;
        if (arrivals_.was_full()) wait_for_room(stop);
        status_.pause(stop, backoff.failed());
    }
}

bool Subscriber::Impl::connect(const std::stop_token& stop)
{
    arrivals_.connecting();
    probe_.begin();
    subscriptions_->begin();
    status_.connecting();
    const auto connected = client_->connect(stop);
    if (stop.stop_requested()) return false;
    if (!connected) {
        if (client_->end() == LinkEnd::unreachable) was_away_ = true;
        status_.lost(client_->end(), connected.error().what);
        return false;
    }
    status_.connected(connected->session_present, connected->version);
    return true;
}

// While the connection stands.
void Subscriber::Impl::stay(const std::stop_token& stop)
{
    const auto look_again =
        std::min<std::chrono::milliseconds>(look_at_clock, options_.broker.keep_alive / 4);
    while (!stop.stop_requested()) {
        arrivals_.look_at_clock();
        subscriptions_->settle();
        status_.settle(subscriptions_->answer());
        if (!status_.stands(stop, look_again)) return;
        if (!subscriptions_->answer().subscribed) {
            // Its answer waits behind the messages that it has for us, however long we let those wait.
            if (arrivals_.silent_for(suback_limit)) return give_up("no answer to SUBSCRIBE");
        } else if (arrivals_.taking()) {
            probe_.answer();
        } else if (!probe_.alive(client_->paho(), options_.broker.keep_alive)) {
            return give_up(
                fmt::format("it has said nothing for {} s", options_.broker.keep_alive.count() * 3 / 2));
        }
    }
}

void Subscriber::Impl::give_up(const std::string& why)
{
    status_.lost(LinkEnd::silent, fmt::format("{}: {}", url_.text(), why));
    client_->disconnect();
}

void Subscriber::Impl::wait_for_room(const std::stop_token& stop)
{
    const auto enough = ring_.capacity_bytes() / 2;
    while (!stop.stop_requested() && ring_.used_bytes() > enough) status_.pause(stop, look_at_ring);
}

// Paho acknowledges when we return. What is not in the ring must come again, so the connection has to go
// first.
void Subscriber::Impl::take(const MqttArrival& arrival) noexcept
{
    if (!arrivals_.take(arrival, stop_.get_token())) cut_connections_to_port(url_.port);
    probe_.answer();
}

void Subscriber::Impl::begin(mqtt::async_client& client, bool session_present) noexcept
{
    arrivals_.connected(session_present && !was_away_.exchange(false));
    try {
        subscriptions_->ask(client);
        // QoS 0: of a session that goes on Paho would send it once more, after the broker's "offline". After
        // stop() has begun it would stay for good.
        if (!options_.status_topic.empty() && !stop_.stop_requested())
            client.publish(options_.status_topic, options_.online, 0, true);
    } catch (const std::exception& failure) {
        lost(fmt::format("cannot send SUBSCRIBE: {}", failure.what()));
    }
}

void Subscriber::Impl::lost(const std::string& why) noexcept
{
    if (arrivals_.full())
        status_.lost(LinkEnd::full,
                     fmt::format("{}: the intake ring is full: the broker keeps what it has", url_.text()));
    else
        status_.lost(LinkEnd::closed, fmt::format("{}: {}", url_.text(), why));
}

Subscriber::Subscriber(SubscriberOptions options, IntakeRing& ring)
    : impl_(std::make_unique<Impl>(std::move(options), ring))
{
}
Subscriber::~Subscriber() = default;

Result<> Subscriber::start()
{
    return impl_->start();
}

void Subscriber::stop()
{
    impl_->stop();
}

SubscriberStatus Subscriber::status() const
{
    return impl_->status();
}

}  // namespace tidegate::bridge
