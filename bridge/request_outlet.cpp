#include "bridge/request_outlet.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/pause.hpp"
#include "bridge/backoff.hpp"
#include "bridge/mqtt_publisher.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <thread>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds first_retry = 200ms;
constexpr std::chrono::milliseconds longest_retry = 10s;
constexpr std::chrono::milliseconds let_go_after = 90s;  // longer than what goes out every half minute
constexpr std::size_t longest_thread_name = 15;
constexpr std::chrono::milliseconds acknowledged_within = 10s;

struct Waiting {
    std::string topic, payload;
    std::int64_t since_ms = 0;  // boot clock
};

}  // namespace

class RequestOutlet::Impl {
public:
    Impl(MqttClientOptions client, std::string broker)
        : broker_(std::move(broker)),
          publisher_(std::move(client), acknowledged_within)
    {
    }

    void start()
    {
        thread_ = std::jthread([this](const std::stop_token& stop) {
            ::pthread_setname_np(::pthread_self(),
                                 ("tg-ask-" + broker_).substr(0, longest_thread_name).c_str());
            run(stop);
        });
    }

    void stop()
    {
        thread_.request_stop();
        if (thread_.joinable()) thread_.join();
    }

    void ask(std::string topic, std::string payload)
    {
        const std::lock_guard lock(mutex_);
        const auto same = std::ranges::find(waiting_, topic, &Waiting::topic);
        if (same != waiting_.end()) {
            *same = {std::move(topic), std::move(payload), boot_ms()};
            return;
        }
        if (waiting_.size() >= most_waiting) {
            ++status_.dropped;
            return;
        }
        waiting_.push_back({std::move(topic), std::move(payload), boot_ms()});
        asked_.notify_all();
    }

    Status status() const
    {
        const std::lock_guard lock(mutex_);
        return status_;
    }

private:
    void run(const std::stop_token& stop)
    {
        Backoff backoff(first_retry, longest_retry);
        while (!stop.stop_requested()) {
            if (!wait_for_one(stop)) {
                publisher_.disconnect();
                continue;
            }
            const auto connected = publisher_.connect(stop);
            told(connected);
            if (connected) backoff.succeeded();
            if (connected && send(stop))
                stopped_within(std::chrono::milliseconds(one_every_ms), stop);
            else
                stopped_within(backoff.failed(), stop);
        }
    }

    // False: nothing came for so long that the connection is not worth having.
    bool wait_for_one(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex_);
        return asked_.wait_for(lock, stop, let_go_after, [this] {
            const auto oldest_ms = boot_ms() - goes_stale_after_ms;
            status_.dropped +=
                std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.since_ms < oldest_ms; });
            return !waiting_.empty();
        });
    }

    // False: the connection is not to be used any more. What it was is gone: asked for again, it goes out.
    bool send(const std::stop_token& stop)
    {
        const auto request = take();
        if (!request) return true;
        constexpr int at_most_once = 0;
        const auto done = publisher_.publish({request->topic, request->payload}, at_most_once, stop);
        {
            const std::lock_guard lock(mutex_);
            ++(done ? status_.sent : status_.dropped);
        }
        if (!done) publisher_.disconnect();  // may take a second, which nobody who asks may wait
        return static_cast<bool>(done);
    }

    std::optional<Waiting> take()
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) return std::nullopt;
        auto first = std::move(waiting_.front());
        waiting_.pop_front();
        return first;
    }

    // A line when it begins to fail, and none while it goes on.
    void told(const Result<>& connected)
    {
        if (!connected && !std::exchange(failing_, true))
            log::warning("requests_wait broker={} why={}", broker_, log::quoted(connected.error().what));
        if (connected) failing_ = false;
    }

    const std::string broker_;
    bool failing_ = false;

    mutable std::mutex mutex_;  // of what follows; held for a copy
    std::condition_variable_any asked_;
    std::deque<Waiting> waiting_;
    Status status_;

    MqttPublisher publisher_;  // before the thread, which uses it to its end
    std::jthread thread_;
};

Result<std::unique_ptr<RequestOutlet>> RequestOutlet::open(MqttEndpoint endpoint, std::string broker)
{
    auto client = client_options(std::move(endpoint));
    if (!client) return client.error();
    return std::make_unique<RequestOutlet>(std::make_unique<Impl>(std::move(*client), std::move(broker)));
}

RequestOutlet::RequestOutlet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RequestOutlet::~RequestOutlet()
{
    stop();
}

void RequestOutlet::start()
{
    impl_->start();
}

void RequestOutlet::stop()
{
    impl_->stop();
}

void RequestOutlet::ask(std::string topic, std::string payload)
{
    impl_->ask(std::move(topic), std::move(payload));
}

RequestOutlet::Status RequestOutlet::status() const
{
    return impl_->status();
}

}  // namespace tidegate::bridge
