#include "bridge/subscriber.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/topic_filter.hpp"
#include "bridge/backoff.hpp"
#include "bridge/link_probe.hpp"
#include "bridge/mqtt_client.hpp"
#include "bridge/redeliveries.hpp"
#include "bridge/socket_cut.hpp"
#include "bridge/subscriptions.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fmt/format.h>
#include <limits>
#include <mutex>
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
constexpr auto patience = 250ms;  // with a full ring, while all other clients of Paho wait, too
constexpr auto look_at_ring = 20ms;
constexpr auto goodbye_limit = 500ms;

}  // namespace

class Subscriber::Impl {
public:
    Impl(SubscriberOptions options, IntakeRing& ring) : options_(std::move(options)), ring_(ring)
    {
        status_.broker = options_.url;
    }
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> start();
    void stop();
    SubscriberStatus status() const;

private:
    // Supervisor thread.
    void supervise(const std::stop_token& stop);
    bool connect(const std::stop_token& stop);
    void stay(const std::stop_token& stop);
    void settle();  // with the lock held
    bool silent() const;
    void give_up(const std::string& why);
    void not_connected(LinkEnd end, const std::string& why);
    void wait_for_room(const std::stop_token& stop);
    void pause(const std::stop_token& stop, std::chrono::milliseconds time);
    void say_goodbye();

    // Paho's receive thread.
    void take(const MqttArrival& arrival) noexcept;
    bool keep(const Message& message, const Redeliveries::Delivery& delivery);
    void begin(mqtt::async_client& client, bool session_present) noexcept;
    void lost(const std::string& why) noexcept;
    MqttClientOptions client_options() const;
    static constexpr std::int64_t taking = std::numeric_limits<std::int64_t>::max();

    SubscriberOptions options_;
    IntakeRing& ring_;
    MqttUrl url_;
    std::stop_source stop_;
    std::atomic<bool> unsynchronised_ = true;
    std::atomic<std::int64_t> heard_ms_ =
        0;                                // boot clock of the last message, or `taking` while one is taken in
    std::atomic<bool> full_ = false;      // the ring was: the connection was cut for that
    std::atomic<bool> was_away_ = false;  // the broker, since the last connection: it may have begun anew
    std::atomic<std::uint64_t> duplicates_ = 0, redelivered_ = 0, own_ = 0;

    mutable std::mutex mutex_;  // of what follows; held for a copy
    std::condition_variable_any changed_;
    SubscriberStatus status_;
    bool lost_ = false;      // since the last attempt to connect began
    bool answered_ = false;  // something has come of the subscriptions that stay() has not looked at

    // Last, for its callbacks use what is above (and never this pointer). The thread ends before the client
    // goes.
    std::optional<Redeliveries> redeliveries_;
    std::optional<Subscriptions> subscriptions_;
    LinkProbe probe_{"tidegate/nobody"};
    std::unique_ptr<MqttClient> client_;
    std::jthread supervisor_;
};

Result<> Subscriber::Impl::start()
{
    auto url = parse_mqtt_url(options_.url);
    if (!url) return url.error();
    auto filters = disjoint(options_.filters);
    if (!filters) return filters.error();
    if (options_.version != 4 && options_.version != 5)
        return Error{ErrorKind::invalid, "the MQTT version must be 4 (3.1.1) or 5"};

    url_ = *url;
    status_.broker = url_.text();
    const auto session = fmt::format("{} at {}", options_.client_id, url_.text());
    if (!options_.memory.empty()) {
        auto opened = Redeliveries::open(options_.memory, session);
        if (!opened) return opened.error();
        redeliveries_ = std::move(*opened);
    }
    subscriptions_.emplace(std::move(*filters), options_.sessions, session, [this] {
        const std::lock_guard lock(mutex_);
        answered_ = true;
        changed_.notify_all();
    });
    try {
        client_ = std::make_unique<MqttClient>(
            client_options(),
            MqttClient::Handlers{
                .message = [this](const MqttArrival& arrival) { take(arrival); },
                .connected = [this](mqtt::async_client& client,
                                    bool session_present) { begin(client, session_present); },
                .lost = [this](const std::string& why) { lost(why); }});
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
    supervisor_ = std::jthread([this] {
        ::pthread_setname_np(::pthread_self(), "tg-subscriber");
        supervise(stop_.get_token());
    });
    return {};
}

MqttClientOptions Subscriber::Impl::client_options() const
{
    return {.url = url_,
            .client_id = options_.client_id,
            .user = options_.user,
            .password = options_.password,
            .ca_file = options_.ca_file,
            .certificate_file = options_.certificate_file,
            .key_file = options_.key_file,
            .alpn = options_.alpn,
            .version = options_.version,
            .persistent = true,
            .session_expiry = options_.session_expiry,
            .keep_alive = options_.keep_alive,
            .will_topic = options_.status_topic,
            .will_payload = options_.offline};
}

void Subscriber::Impl::stop()
{
    if (!client_) return;
    stop_.request_stop();
    supervisor_.join();
    say_goodbye();
    client_->disconnect();
    client_.reset();
    const std::lock_guard lock(mutex_);
    if (status_.connected) status_.since_ms = wall_ms();
    status_.connected = false;
    status_.why = "stopped";
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
    const std::lock_guard lock(mutex_);
    auto status = status_;
    status.duplicates = duplicates_;
    status.redelivered = redelivered_;
    status.own = own_;
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
        if (full_.exchange(false)) wait_for_room(stop);
        pause(stop, backoff.failed());
    }
}

bool Subscriber::Impl::connect(const std::stop_token& stop)
{
    unsynchronised_ = !clock_synchronised();
    heard_ms_ = boot_ms();
    probe_.begin();
    subscriptions_->begin();
    {
        const std::lock_guard lock(mutex_);
        lost_ = false;
    }
    const auto connected = client_->connect(stop);
    if (stop.stop_requested()) return false;
    if (!connected) {
        if (client_->end() == LinkEnd::unreachable) was_away_ = true;
        not_connected(client_->end(), connected.error().what);
        return false;
    }
    const std::lock_guard lock(mutex_);
    ++status_.connects;
    status_.session_present = connected->session_present;
    status_.version = connected->version;
    if (status_.connects > 1 && !status_.session_present)
        log::warning("broker_forgot_session url={} what was published while we were away is lost",
                     status_.broker);
    return true;
}

// While the connection stands.
void Subscriber::Impl::stay(const std::stop_token& stop)
{
    const auto look_again = std::min<std::chrono::milliseconds>(look_at_clock, options_.keep_alive / 4);
    while (!stop.stop_requested()) {
        unsynchronised_ = !clock_synchronised();
        subscriptions_->settle();
        {
            std::unique_lock lock(mutex_);
            settle();
            changed_.wait_for(lock, stop, look_again,
                              [&] { return lost_ || std::exchange(answered_, false); });
            if (lost_) return;
        }
        if (!subscriptions_->answer().subscribed) {
            if (silent()) return give_up("no answer to SUBSCRIBE");
        } else if (heard_ms_ == taking) {
            probe_.answer();
        } else if (!probe_.alive(client_->paho(), options_.keep_alive)) {
            return give_up(fmt::format("it has said nothing for {} s", options_.keep_alive.count() * 3 / 2));
        }
    }
}

void Subscriber::Impl::give_up(const std::string& why)
{
    not_connected(LinkEnd::silent, fmt::format("{}: {}", url_.text(), why));
    client_->disconnect();
}

// Puts what has become known of the connection into the status. With a session that the broker still has,
// messages flow before it answers to SUBSCRIBE.
void Subscriber::Impl::settle()
{
    const auto answer = subscriptions_->answer();
    if (!status_.connected && !lost_ && (answer.subscribed || status_.session_present)) {
        status_.connected = true;
        status_.since_ms = wall_ms();
        status_.why.clear();
        log::info("broker_connected url={} mqtt={} session_present={}", status_.broker,
                  status_.version == 5 ? "5" : "3.1.1", status_.session_present);
    }
    if (!answer.refused.empty() && status_.connected && status_.why != answer.refused) {
        status_.why = answer.refused;
        log::error("broker_refused_filter why={}", log::quoted(answer.refused));
    }
}

// Its answer to SUBSCRIBE waits behind the messages that it has for us, however long we let those wait.
bool Subscriber::Impl::silent() const
{
    const auto heard_ms = heard_ms_.load();
    return heard_ms != taking && boot_ms() - heard_ms > std::chrono::milliseconds(suback_limit).count();
}

void Subscriber::Impl::not_connected(LinkEnd end, const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (std::exchange(lost_, true)) return;
    ++status_.ends.at(static_cast<std::size_t>(end));
    if (status_.connected || status_.since_ms == 0) status_.since_ms = wall_ms();
    status_.connected = false;
    if (std::exchange(status_.why, why) != why) log::warning("broker_unreachable why={}", log::quoted(why));
    changed_.notify_all();
}

void Subscriber::Impl::wait_for_room(const std::stop_token& stop)
{
    const auto enough = ring_.capacity_bytes() / 2;
    while (!stop.stop_requested() && ring_.used_bytes() > enough) pause(stop, look_at_ring);
}

void Subscriber::Impl::pause(const std::stop_token& stop, std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    status_.next_try_ms = wall_ms() + time.count();
    changed_.wait_for(lock, stop, time, [] { return false; });
    status_.next_try_ms = 0;
}

void Subscriber::Impl::take(const MqttArrival& arrival) noexcept
{
    heard_ms_.store(taking, std::memory_order_relaxed);
    const auto& [topic, payload, packet, retained, duplicate] = arrival;
    const Redeliveries::Delivery delivery{packet, duplicate, topic, payload};
    const Message taken{.topic = topic,
                        .payload = payload,
                        .arrived_ms = wall_ms(),
                        .retained = retained,
                        .duplicate = duplicate,
                        .oversize = payload.size() > options_.largest_payload,
                        .unsynchronised = unsynchronised_.load(std::memory_order_relaxed),
                        .again = redeliveries_ && redeliveries_->again(delivery)};
    const bool is_own =
        std::ranges::any_of(options_.own, [&](const auto& filter) { return matches(filter, arrival.topic); });
    if (is_own)
        ++own_;
    else if (!keep(taken, delivery))
        cut_connections_to_port(url_.port);
    const auto now = boot_ms();
    probe_.answer();
    heard_ms_.store(now, std::memory_order_relaxed);
}

// Paho acknowledges when we return. What is not in the ring must come again, so the connection has to go
// first.
bool Subscriber::Impl::keep(const Message& message, const Redeliveries::Delivery& delivery)
{
    if (!ring_.push(message, stop_.get_token(), patience)) {
        full_ = !stop_.stop_requested();
        return false;
    }
    if (message.duplicate) ++duplicates_;
    if (message.again) ++redelivered_;
    if (redeliveries_) redeliveries_->took(delivery, boot_ms());
    return true;
}

void Subscriber::Impl::begin(mqtt::async_client& client, bool session_present) noexcept
{
    if (redeliveries_) redeliveries_->begin(session_present && !was_away_.exchange(false));
    try {
        subscriptions_->ask(client);
        if (!options_.status_topic.empty()) client.publish(options_.status_topic, options_.online, 1, true);
    } catch (const std::exception& failure) {
        lost(fmt::format("cannot send SUBSCRIBE: {}", failure.what()));
    }
}

void Subscriber::Impl::lost(const std::string& why) noexcept
{
    if (full_)
        not_connected(LinkEnd::full,
                      fmt::format("{}: the intake ring is full: the broker keeps what it has", url_.text()));
    else
        not_connected(LinkEnd::closed, fmt::format("{}: {}", url_.text(), why));
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
