#include "firmware-sim/publisher.hpp"

#include "firmware-sim/ack_book.hpp"
#include "firmware-sim/options.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <utility>

namespace tidegate::sim {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::int64_t now_us()
{
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

std::string server_of(const Options& options)
{
    return fmt::format("tcp://{}:{}", options.host, options.port);
}

mqtt::create_options creation()
{
    mqtt::create_options options;
    options.set_max_buffered_messages(static_cast<int>(Publisher::most_waiting) + 10);
    return options;
}

mqtt::connect_options connection(const Options& given)
{
    mqtt::connect_options options;
    if (!given.user.empty()) {
        options.set_user_name(given.user);
        options.set_password(given.password);
    }
    options.set_mqtt_version(MQTTVERSION_3_1_1);  // the library's default falls back to 3.1 after a failure
    options.set_clean_session(true);
    options.set_keep_alive_interval(20);
    options.set_connect_timeout(std::chrono::seconds(3));
    options.set_max_inflight(65535);  // the window is ours: the library must never hold a message back
    options.set_automatic_reconnect(false);
    return options;
}

// A ticket travels through the library as the user's pointer; it is never followed.
void* as_context(std::uint64_t ticket)
{
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket));
}

std::uint64_t ticket_of(const mqtt::token& token)
{
    return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

}  // namespace

class Publisher::Link : public mqtt::iaction_listener {
public:
    Link(const Options& options, std::string client_id)
        : server_(server_of(options)),
          client_id_(std::move(client_id)),
          qos_(options.qos),
          connect_options_(connection(options))
    {
    }

    ~Link() override { forget_client(); }

    std::string connect()
    {
        try {
            make_client();
            const auto token = client_->connect(connect_options_);
            if (!token->wait_for(milliseconds(3000))) return "no answer within 3 s";
        } catch (const mqtt::exception& problem) {
            return problem.to_string();
        }
        connected_ = true;
        if (std::exchange(once_connected_, true)) ++reconnects_;
        send_again();
        return {};
    }

    bool connected() const { return connected_; }

    std::size_t waiting() const
    {
        const std::lock_guard lock(mutex_);
        return window_.size();
    }

    void publish(Window::Entry entry)
    {
        const auto topic = entry.message.topic;
        const auto payload = entry.message.payload;
        const bool retained = entry.message.retained;
        std::uint64_t ticket = 0;
        {
            // Not held while publishing: the library calls on_success() with its own lock held.
            const std::lock_guard lock(mutex_);
            ticket = window_.add(std::move(entry));
        }
        try {
            client_->publish(mqtt::make_message(topic, payload, qos_, retained), as_context(ticket), *this);
        } catch (const mqtt::exception&) {
            connected_ = false;  // stays in the window, and goes out with the next connection
        }
    }

    void publish_new(Message message)
    {
        ++published_;
        publish({std::move(message), now_us()});
    }

    void disconnect(milliseconds most)
    {
        try {
            if (!client_ || !client_->is_connected()) return;
            client_->disconnect(static_cast<int>(most.count()))->wait_for(most + milliseconds(500));
        } catch (const mqtt::exception&) {
            return;  // it is gone already
        }
    }

    Account account() const
    {
        const std::lock_guard lock(mutex_);
        Account account;
        account.published = published_;
        account.acknowledged = acknowledged_;
        account.repeated = repeated_;
        account.reconnects = reconnects_;
        account.puback = latency_;
        return account;
    }

    std::string acknowledged_numbers() const
    {
        const std::lock_guard lock(mutex_);
        return numbers_.text();
    }

    Clock::time_point last_acknowledged() const
    {
        const std::lock_guard lock(mutex_);
        return last_acknowledged_;
    }

private:
    // One of its own for each connection: what the library could not write over the last one it would send
    // over the next, beside what we send again, and count it among what may wait.
    void make_client()
    {
        disconnect(milliseconds(1000));
        forget_client();
        client_.emplace(server_, client_id_, creation(), nullptr);
        client_->set_connection_lost_handler([this](const std::string&) { connected_ = false; });
    }

    void forget_client()
    {
        try {
            if (client_) client_->disable_callbacks();
        } catch (const mqtt::exception&) {
            // Refused while a connection is under way; what the callbacks touch outlives the client.
        }
        client_.reset();
    }

    void on_success(const mqtt::token& token) override
    {
        const auto now = now_us();
        const std::lock_guard lock(mutex_);
        const auto entry = window_.acknowledge(ticket_of(token));
        if (!entry) return;
        ++acknowledged_;
        latency_.add(now - entry->first_sent_us);
        last_acknowledged_ = Clock::now();
        if (entry->message.number != 0) numbers_.acknowledge(entry->message.device, entry->message.number);
    }

    void on_failure(const mqtt::token& token) override
    {
        if (qos_ != 0) return;  // sent again after the reconnect that follows
        const std::lock_guard lock(mutex_);
        window_.acknowledge(ticket_of(token));
    }

    void send_again()
    {
        std::vector<Window::Entry> left;
        {
            const std::lock_guard lock(mutex_);
            left = window_.take_all();
        }
        if (qos_ == 0) return;
        repeated_ += left.size();
        for (auto& entry : left) publish(std::move(entry));
    }

    const std::string server_, client_id_;
    const int qos_;
    const mqtt::connect_options connect_options_;
    mutable std::mutex mutex_;  // over what the client's threads enter: these five
    Window window_;
    Latency latency_;
    AckBook numbers_;
    std::uint64_t acknowledged_ = 0;
    Clock::time_point last_acknowledged_{};

    std::uint64_t published_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t reconnects_ = 0;
    bool once_connected_ = false;
    std::atomic<bool> connected_ = false;

    std::optional<mqtt::async_client> client_;  // after all that its callbacks touch
};

Publisher::Publisher(const Options& options)
{
    for (std::uint32_t i = 0; i < options.connections; ++i)
        links_.push_back(std::make_unique<Link>(
            options,
            options.connections == 1 ? options.client_id : fmt::format("{}-{}", options.client_id, i + 1)));
}

Publisher::~Publisher() = default;

std::string Publisher::connect()
{
    for (const auto& link : links_) {
        if (link->connected()) continue;
        if (auto fault = link->connect(); !fault.empty()) return fault;
    }
    return {};
}

bool Publisher::connected() const
{
    return std::all_of(links_.begin(), links_.end(), [](auto& link) { return link->connected(); });
}

std::size_t Publisher::waiting() const
{
    std::size_t waiting = 0;
    for (const auto& link : links_) waiting += link->waiting();
    return waiting;
}

std::size_t Publisher::room() const
{
    std::size_t fullest = 0;
    for (const auto& link : links_) fullest = std::max(fullest, link->waiting());
    return fullest < most_waiting ? most_waiting - fullest : 0;
}

void Publisher::publish(Message message)
{
    bytes_ += message.payload.size();
    const auto link = message.device % links_.size();
    links_[link]->publish_new(std::move(message));
}

void Publisher::disconnect(std::chrono::milliseconds most)
{
    for (const auto& link : links_) link->disconnect(most);
}

Account Publisher::account() const
{
    Account sum;
    sum.bytes = bytes_;
    for (const auto& link : links_) {
        const auto one = link->account();
        sum.published += one.published;
        sum.acknowledged += one.acknowledged;
        sum.repeated += one.repeated;
        sum.reconnects += one.reconnects;
        sum.puback.add(one.puback);
    }
    return sum;
}

std::string Publisher::acknowledged_numbers() const
{
    std::string all;
    for (const auto& link : links_) all += link->acknowledged_numbers();
    return all;
}

Clock::time_point Publisher::last_acknowledged() const
{
    Clock::time_point last{};
    for (const auto& link : links_) last = std::max(last, link->last_acknowledged());
    return last;
}

}  // namespace tidegate::sim
