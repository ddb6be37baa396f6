#include "bridge/sparkplug_host.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/pause.hpp"
#include "bridge/backoff.hpp"
#include "bridge/mqtt_publisher.hpp"

#include <atomic>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds first_retry = 200ms;
constexpr std::chrono::milliseconds longest_retry = 5s;
constexpr std::chrono::milliseconds look_again = 500ms;     // whether somebody listens
constexpr std::chrono::milliseconds contradict_every = 1s;  // at most, one who says that we are not there
constexpr auto stable_after = 2s;  // a connection that broke sooner counts as a failed one
constexpr auto answer_limit = 5s;
constexpr auto goodbye_limit = 500ms;
constexpr std::size_t longest_thread_name = 15;
constexpr int at_least_once = 1;

std::string state(bool online, std::int64_t time_ms)
{
    return fmt::format(R"({{"online":{},"timestamp":{}}})", online, time_ms);
}

// As in {"online": false, …}: all else is not for us to understand.
bool says_offline(std::string_view payload)
{
    const auto key = payload.find("\"online\"");
    return key != std::string_view::npos && payload.substr(key).find("false") != std::string_view::npos;
}

}  // namespace

std::string sparkplug_state_topic(const std::string& host_id)
{
    return "spBv1.0/STATE/" + host_id;
}

bool good_sparkplug_id(const std::string& id)
{
    constexpr std::size_t longest = 128;
    return !id.empty() && id.size() <= longest && id.find_first_of("/+#") == std::string::npos &&
           id.find('\0') == std::string::npos;
}

class SparkplugHost::Impl {
public:
    Impl(MqttClientOptions client, std::string broker, std::function<bool()> listening)
        : broker_(std::move(broker)),
          topic_(client.will_topic),
          listening_(std::move(listening)),
          client_(std::move(client),
                  {.message = [this](const MqttArrival& arrival) { hear(arrival); },
                   .connected = nullptr,
                   .lost = [this](const std::string&) { wake(); }})
    {
    }

    void start()
    {
        thread_ = std::jthread([this](const std::stop_token& stop) {
            ::pthread_setname_np(::pthread_self(),
                                 ("tg-host-" + broker_).substr(0, longest_thread_name).c_str());
            run(stop);
            leave();
        });
    }

    void stop()
    {
        thread_.request_stop();
        if (thread_.joinable()) thread_.join();
    }

    bool online() const { return online_; }

private:
    void run(const std::stop_token& stop)
    {
        Backoff backoff(first_retry, longest_retry);
        while (!stop.stop_requested()) {
            if (online_ && !client_.connected()) {
                online_ = false;  // and the broker has said so for us
                if (std::chrono::steady_clock::now() - entered_ > stable_after)
                    backoff.succeeded();
                else if (stopped_within(backoff.failed(), stop))
                    return;
            }
            const bool wanted = listening_();
            if (!wanted) {
                leave();
                pause(stop, look_again);
            } else if (!online_) {
                if (!enter(stop)) stopped_within(backoff.failed(), stop);  // however often that was lost
            } else if (contradicted_.exchange(false)) {
                publish(state(true, birth_ms_));
                pause(stop, contradict_every);
            } else {
                pause(stop, look_again);
            }
        }
    }

    // Connect, subscribe, then the birth, in this order, with the time that the will has.
    bool enter(const std::stop_token& stop)
    {
        client_.disconnect();
        birth_ms_ = wall_ms();
        client_.set_will(state(false, birth_ms_));
        if (!client_.connect(stop)) return false;
        try {
            if (!client_.paho().subscribe(topic_, at_least_once)->wait_for(answer_limit)) return false;
        } catch (const mqtt::exception&) {
            return false;
        }
        contradicted_ = false;
        entered_ = std::chrono::steady_clock::now();
        online_ = publish(state(true, birth_ms_));
        if (online_) log::info("sparkplug_host_online broker={} topic={}", broker_, log::quoted(topic_));
        return online_;
    }

    void leave()
    {
        if (client_.connected() && online_) {
            publish(state(false, wall_ms()), goodbye_limit);
            log::info("sparkplug_host_offline broker={}", broker_);
        }
        online_ = false;
        client_.disconnect();
    }

    bool publish(const std::string& payload, std::chrono::milliseconds within = answer_limit)
    {
        try {
            return client_.paho().publish(topic_, payload, at_least_once, true)->wait_for(within);
        } catch (const mqtt::exception&) {
            return false;
        }
    }

    // Paho's receive thread.
    void hear(const MqttArrival& arrival)
    {
        // What is retained is what was said before us; our birth takes its place.
        if (arrival.retained || !says_offline(arrival.payload)) return;
        contradicted_ = true;
        wake();
    }

    void wake()
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
        changed_.notify_all();
    }

    void pause(const std::stop_token& stop, std::chrono::milliseconds time)
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, time, [this] { return std::exchange(woken_, false); });
    }

    const std::string broker_, topic_;
    const std::function<bool()> listening_;
    std::int64_t birth_ms_ = 0;
    std::chrono::steady_clock::time_point entered_;
    std::atomic<bool> online_ = false, contradicted_ = false;

    std::mutex mutex_;  // of what follows
    std::condition_variable_any changed_;
    bool woken_ = false;

    MqttClient client_;  // its callbacks use what is above
    std::jthread thread_;
};

Result<std::unique_ptr<SparkplugHost>> SparkplugHost::open(MqttEndpoint endpoint,
                                                           std::string broker,
                                                           const std::string& host_id,
                                                           std::function<bool()> listening)
{
    if (!good_sparkplug_id(host_id))
        return Error{ErrorKind::invalid,
                     fmt::format("{} is no Sparkplug host id: 1 to 128 bytes without /, + and #",
                                 log::quoted(host_id))};
    auto client = client_options(std::move(endpoint));
    if (!client) return client.error();
    client->will_topic = sparkplug_state_topic(host_id);
    try {
        return std::make_unique<SparkplugHost>(
            std::make_unique<Impl>(std::move(*client), std::move(broker), std::move(listening)));
    } catch (const mqtt::exception& failure) {
        return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
    }
}

SparkplugHost::SparkplugHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SparkplugHost::~SparkplugHost()
{
    stop();
}

void SparkplugHost::start()
{
    impl_->start();
}

void SparkplugHost::stop()
{
    impl_->stop();
}

bool SparkplugHost::online() const
{
    return impl_->online();
}

}  // namespace tidegate::bridge
