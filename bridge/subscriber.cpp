#include "bridge/subscriber.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/topic_filter.hpp"
#include "bridge/backoff.hpp"
#include "bridge/mqtt_client.hpp"
#include "bridge/socket_cut.hpp"

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
constexpr int first_failure = 0x80;  // in a SUBACK, of either version

}  // namespace

class Subscriber::Impl : private mqtt::iaction_listener {
public:
    Impl(SubscriberOptions options, IntakeRing& ring) : options_(std::move(options)), ring_(ring)
    {
        status_.broker = options_.url;
    }
    ~Impl() override { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> start();
    void stop();
    SubscriberStatus status() const
    {
        const std::lock_guard lock(mutex_);
        auto status = status_;
        status.duplicates = duplicates_;
        return status;
    }

private:
    // Supervisor thread.
    void supervise(const std::stop_token& stop);
    bool connect(const std::stop_token& stop);
    void note_filters();
    void forget_old_filters();
    void stay(const std::stop_token& stop);
    void settle();  // with the lock held
    bool silent() const;
    void not_connected(const std::string& why);
    void pause(const std::stop_token& stop, std::chrono::milliseconds time);

    // Paho's receive thread.
    void take(const mqtt::message& message) noexcept;
    void subscribe(mqtt::async_client& client) noexcept;
    void lost(const std::string& why) noexcept;
    void on_success(const mqtt::token& token) override;  // of SUBSCRIBE and UNSUBSCRIBE
    void on_failure(const mqtt::token& token) override;
    void subscribed(const std::string& refused);
    void unsubscribed(const mqtt::token& token);
    static constexpr std::int64_t taking = std::numeric_limits<std::int64_t>::max();

    SubscriberOptions options_;
    IntakeRing& ring_;
    MqttUrl url_;
    mqtt::const_string_collection_ptr filters_;
    std::string session_;  // names it in the book
    std::vector<std::string>
        old_filters_;  // that the broker may hold for us, though they are configured no more
    std::stop_source stop_;
    std::atomic<bool> unsynchronised_ = true;
    std::atomic<std::int64_t> heard_ms_ =
        0;  // boot clock of the last message, or `taking` while one is taken in

    std::atomic<std::uint64_t> duplicates_ = 0;

    mutable std::mutex mutex_;  // of what follows; held for a copy
    std::condition_variable_any changed_;
    SubscriberStatus status_;
    bool lost_ = false;          // since the last attempt to connect began
    bool subscribed_ = false;    // likewise: the broker has answered
    bool unsubscribed_ = false;  // likewise, to UNSUBSCRIBE
    std::string refused_;        // what it refused of the subscription, as a sentence

    // Last, for its callbacks use what is above (and never this pointer). The thread ends before the client
    // goes.
    std::unique_ptr<MqttClient> client_;
    std::jthread supervisor_;
};

Result<> Subscriber::Impl::start()
{
    auto url = parse_mqtt_url(options_.url);
    if (!url) return url.error();
    const bool empty =
        std::ranges::any_of(options_.filters, [](const auto& filter) { return filter.empty(); });
    if (options_.filters.empty() || empty) return Error{ErrorKind::invalid, "an empty topic filter"};
    if (options_.qos < 0 || options_.qos > 2) return Error{ErrorKind::invalid, "QoS must be 0, 1 or 2"};
    if (options_.version != 4 && options_.version != 5)
        return Error{ErrorKind::invalid, "the MQTT version must be 4 (3.1.1) or 5"};

    url_ = *url;
    options_.filters = without_covered(options_.filters);
    filters_ = mqtt::string_collection::create(options_.filters);
    status_.broker = url_.text();
    session_ = fmt::format("{} at {}", options_.client_id, url_.text());
    try {
        client_ = std::make_unique<MqttClient>(
            MqttClientOptions{.url = url_,
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
                              .keep_alive = options_.keep_alive},
            MqttClient::Handlers{.message = [this](const mqtt::message& message) { take(message); },
                                 .connected = [this](mqtt::async_client& client) { subscribe(client); },
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

void Subscriber::Impl::stop()
{
    if (!client_) return;
    stop_.request_stop();
    supervisor_.join();
    client_->disconnect();
    client_.reset();
    const std::lock_guard lock(mutex_);
    if (status_.connected) status_.since_ms = wall_ms();
    status_.connected = false;
    status_.why = "stopped";
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
        pause(stop, backoff.failed());
    }
}

bool Subscriber::Impl::connect(const std::stop_token& stop)
{
    unsynchronised_ = !clock_synchronised();
    heard_ms_ = boot_ms();
    note_filters();
    {
        const std::lock_guard lock(mutex_);
        lost_ = subscribed_ = unsubscribed_ = false;
        refused_.clear();
    }
    const auto connected = client_->connect(stop);
    if (stop.stop_requested()) return false;
    if (!connected) {
        not_connected(connected.error().what);
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

// Before anything is sent: a kill at any moment leaves at least what the broker holds in the book.
void Subscriber::Impl::note_filters()
{
    if (options_.sessions == nullptr) return;
    auto all = options_.filters;
    old_filters_ = options_.sessions->filters(session_);
    std::erase_if(old_filters_,
                  [&](const auto& known) { return std::ranges::find(all, known) != all.end(); });
    all.insert(all.end(), old_filters_.begin(), old_filters_.end());
    if (auto noted = options_.sessions->remember(session_, std::move(all)); !noted)
        log::warning("filters_not_noted why={}", log::quoted(noted.error().what));
}

// The broker has unsubscribed them.
void Subscriber::Impl::forget_old_filters()
{
    if (old_filters_.empty()) return;
    log::info("filters_unsubscribed url={} filters={}", url_.text(),
              log::quoted(fmt::format("{}", fmt::join(old_filters_, " "))));
    old_filters_.clear();
    if (auto noted = options_.sessions->remember(session_, options_.filters); !noted)
        log::warning("filters_not_noted why={}", log::quoted(noted.error().what));
}

// While the connection stands.
void Subscriber::Impl::stay(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        unsynchronised_ = !clock_synchronised();
        std::unique_lock lock(mutex_);
        if (lost_) return;
        settle();
        if (std::exchange(unsubscribed_, false)) {
            lock.unlock();
            forget_old_filters();
            lock.lock();
        }
        const bool known = subscribed_;
        changed_.wait_for(lock, stop, look_at_clock,
                          [&] { return lost_ || unsubscribed_ || subscribed_ != known; });
        if (lost_ || subscribed_ || !silent()) continue;
        lock.unlock();
        client_->disconnect();
        return not_connected(fmt::format("{}: no answer to SUBSCRIBE", url_.text()));
    }
}

// Puts what has become known of the connection into the status. With a session that the broker still has,
// messages flow before it answers to SUBSCRIBE.
void Subscriber::Impl::settle()
{
    if (!status_.connected && (subscribed_ || status_.session_present)) {
        status_.connected = true;
        status_.since_ms = wall_ms();
        status_.why.clear();
        log::info("broker_connected url={} mqtt={} session_present={}", status_.broker,
                  status_.version == 5 ? "5" : "3.1.1", status_.session_present);
    }
    if (subscribed_ && !refused_.empty() && status_.why != refused_) {
        status_.why = refused_;
        log::error("broker_refused_filter why={}", log::quoted(refused_));
    }
}

// Its answer to SUBSCRIBE waits behind the messages that it has for us, however long we let those wait.
bool Subscriber::Impl::silent() const
{
    const auto heard_ms = heard_ms_.load();
    return heard_ms != taking && boot_ms() - heard_ms > std::chrono::milliseconds(suback_limit).count();
}

void Subscriber::Impl::not_connected(const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (status_.connected || status_.since_ms == 0) status_.since_ms = wall_ms();
    status_.connected = false;
    if (std::exchange(status_.why, why) != why) log::warning("broker_unreachable why={}", log::quoted(why));
}

void Subscriber::Impl::pause(const std::stop_token& stop, std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    status_.next_try_ms = wall_ms() + time.count();
    changed_.wait_for(lock, stop, time, [] { return false; });
    status_.next_try_ms = 0;
}

void Subscriber::Impl::take(const mqtt::message& message) noexcept
{
    heard_ms_.store(taking, std::memory_order_relaxed);
    const auto& payload = message.get_payload_str();
    const Message taken{.topic = message.get_topic(),
                        .payload = payload,
                        .arrived_ms = wall_ms(),
                        .retained = message.is_retained(),
                        .duplicate = message.is_duplicate(),
                        .oversize = payload.size() > options_.largest_payload,
                        .unsynchronised = unsynchronised_.load(std::memory_order_relaxed)};
    // Paho acknowledges when we return. What is not in the ring must come again, so the connection has to go
    // first.
    if (!ring_.push(taken, stop_.get_token()))
        cut_connections_to_port(url_.port);
    else if (taken.duplicate)
        ++duplicates_;
    heard_ms_.store(boot_ms(), std::memory_order_relaxed);
}

// Even when the broker still has our session: Mosquitto 2.0 forgets some subscriptions when it restarts. What
// is configured no more goes after that, so that nothing falls between an old filter and a new one.
void Subscriber::Impl::subscribe(mqtt::async_client& client) noexcept
{
    try {
        client.subscribe(filters_, mqtt::iasync_client::qos_collection(filters_->size(), options_.qos),
                         nullptr, *this);
        if (!old_filters_.empty())
            client.unsubscribe(mqtt::string_collection::create(old_filters_), nullptr, *this);
    } catch (const std::exception& failure) {
        lost(fmt::format("cannot send SUBSCRIBE: {}", failure.what()));
    }
}

void Subscriber::Impl::lost(const std::string& why) noexcept
{
    not_connected(fmt::format("{}: {}", url_.text(), why));
    const std::lock_guard lock(mutex_);
    lost_ = true;
    changed_.notify_all();
}

void Subscriber::Impl::on_success(const mqtt::token& token)
{
    if (token.get_type() == mqtt::token::UNSUBSCRIBE) return unsubscribed(token);
    std::string refused;
    try {
        const auto codes = token.get_subscribe_response().get_reason_codes();
        for (std::size_t i = 0; i < codes.size() && i < filters_->size(); ++i)
            if (static_cast<int>(codes[i]) >= first_failure)
                refused += (refused.empty() ? "" : ", ") + (*filters_)[i];
    } catch (const std::exception&) {
        refused = "some filters";  // it answered, but not with one code a filter
    }
    subscribed(refused);
}

void Subscriber::Impl::on_failure(const mqtt::token& token)
{
    if (token.get_return_code() < 0) return;                   // the connection is lost, and lost() is told
    if (token.get_type() == mqtt::token::UNSUBSCRIBE) return;  // asked again on the next connection
    subscribed(filters_->size() == 1 ? (*filters_)[0] : "all filters");
}

// MQTT 3.1.1 has no codes: the answer is a yes.
void Subscriber::Impl::unsubscribed(const mqtt::token& token)
{
    try {
        const auto codes = token.get_unsubscribe_response().get_reason_codes();
        if (std::ranges::any_of(codes, [](auto code) { return static_cast<int>(code) >= first_failure; }))
            return;
    } catch (const std::exception&) {
        return;
    }
    const std::lock_guard lock(mutex_);
    unsubscribed_ = true;
    changed_.notify_all();
}

void Subscriber::Impl::subscribed(const std::string& refused)
{
    const std::lock_guard lock(mutex_);
    subscribed_ = true;
    if (!refused.empty()) refused_ = fmt::format("the broker refuses the subscription to {}", refused);
    changed_.notify_all();
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
