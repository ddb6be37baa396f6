#include "bridge/command_outlet.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/pause.hpp"
#include "bridge/backoff.hpp"
#include "bridge/mqtt_publisher.hpp"

#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;
using store::CommandState;

namespace {

constexpr std::chrono::milliseconds look_at_waiting =
    1s;  // something may be too old now, or the clock is set
constexpr std::chrono::milliseconds look_at_results = 1min;
constexpr auto first_retry = 200ms;
constexpr auto longest_retry = 2s;
constexpr std::size_t results_at_once = 50;
constexpr int at_least_once = 1;
constexpr std::chrono::milliseconds acknowledged_within = 10s;
constexpr std::size_t longest_thread_name = 15;

// Errors: why there is more to do, but not now.
using Work = std::function<Result<>(MqttPublisher&, const std::stop_token&)>;

// Ends those that are never to be sent; the others that may be sent now.
std::vector<store::Command> due(CommandDesk& desk, std::vector<store::Command> waiting)
{
    std::vector<store::Command> now;
    for (auto& command : waiting) {
        const auto verdict = desk.judge(command);
        if (verdict.state == CommandState::sending)
            now.push_back(std::move(command));
        else if (verdict.state != CommandState::waiting)
            desk.ended(command, verdict.state, verdict.why);
    }
    return now;
}

// Errors: why the connection is not to be used any more.
Result<> send(CommandDesk& desk,
              MqttPublisher& publisher,
              const store::Command& command,
              const std::stop_token& stop)
{
    if (auto marked = desk.sending(command); !marked) {
        log::error("command_not_sent id={} why={}", log::quoted(command.id),
                   log::quoted(marked.error().what));
        return marked;  // on the disk first: else a restart could send it twice
    }
    const auto done = publisher.publish({command.topic, command.payload}, command.qos, stop);
    if (done) {
        desk.ended(command, CommandState::sent, {});
        return {};
    }
    const bool refused = done.error().kind != ErrorKind::unavailable;  // by the broker, in so many words
    desk.ended(command, refused ? CommandState::refused : CommandState::unconfirmed, done.error().what);
    return refused ? Result<>() : done;
}

Result<> send_waiting(CommandDesk& desk,
                      const std::string& broker,
                      MqttPublisher& publisher,
                      const std::stop_token& stop)
{
    auto waiting = desk.book().waiting(broker);
    if (!waiting) return waiting.error();
    auto commands = due(desk, std::move(*waiting));
    if (commands.empty()) return {};
    if (auto connected = publisher.connect(stop); !connected) return connected;
    for (const auto& command : commands) {
        if (stop.stop_requested()) return {};
        if (due(desk, {command}).empty())
            continue;  // connecting, and those before it, may have taken a while
        if (auto sent = send(desk, publisher, command, stop); !sent) {
            publisher.disconnect();
            return sent;
        }
    }
    return {};
}

Result<> tell_results(CommandDesk& desk,
                      const CommandOutlet::Results& results,
                      MqttPublisher& publisher,
                      const std::stop_token& stop)
{
    for (;;) {
        const auto untold = desk.book().untold(results.upstream, results_at_once);
        if (!untold) return untold.error();
        if (untold->empty() || stop.stop_requested()) return {};
        if (auto connected = publisher.connect(stop); !connected) return connected;
        for (const auto& command : *untold) {
            auto done = publisher.publish({results.topic, result_json(command, results.gateway)},
                                          at_least_once, stop);
            if (!done) {
                publisher.disconnect();
                return done;
            }
            if (auto marked = desk.book().mark_told(command.number); !marked) return marked;
        }
        if (untold->size() < results_at_once) return {};
    }
}

}  // namespace

class CommandOutlet::Impl {
public:
    Impl(MqttClientOptions client,
         std::string name,
         CommandDesk& desk,
         Work work,
         std::chrono::milliseconds look_again)
        : name_(std::move(name)),
          desk_(desk),
          work_(std::move(work)),
          look_again_(look_again),
          publisher_(std::move(client), acknowledged_within)
    {
    }

    static Result<std::unique_ptr<CommandOutlet>> make(MqttClientOptions client,
                                                       std::string name,
                                                       CommandDesk& desk,
                                                       Work work,
                                                       std::chrono::milliseconds look_again)
    {
        try {
            return std::make_unique<CommandOutlet>(std::make_unique<Impl>(std::move(client), std::move(name),
                                                                          desk, std::move(work), look_again));
        } catch (const mqtt::exception& failure) {
            return Error{ErrorKind::internal, fmt::format("cannot make an MQTT client: {}", failure.what())};
        }
    }

    void start()
    {
        thread_ = std::jthread([this](const std::stop_token& stop) {
            ::pthread_setname_np(::pthread_self(), name_.substr(0, longest_thread_name).c_str());
            run(stop);
        });
    }
    void stop()
    {
        thread_.request_stop();
        if (thread_.joinable()) thread_.join();
    }

    CommandOutletStatus status() const
    {
        const std::scoped_lock lock(mutex_);
        return status_;
    }

private:
    // Nothing to do says nothing about the link.
    void note(const std::string& why)
    {
        if (why.empty() && !publisher_.connected()) return;
        const std::scoped_lock lock(mutex_);
        if (std::exchange(status_.up, why.empty()) != why.empty()) status_.since_ms = wall_ms();
        if (std::exchange(status_.why, why) != why && !why.empty())
            log::warning("command_link_down thread={} why={}", name_, log::quoted(why));
    }
    void run(const std::stop_token& stop)
    {
        Backoff backoff(first_retry, longest_retry);
        while (!stop.stop_requested()) {
            const auto seen = desk_.changes();
            const auto done = work_(publisher_, stop);
            if (stop.stop_requested()) return;
            note(done ? std::string() : done.error().what);
            if (done) {
                backoff.succeeded();
                desk_.wait(seen, stop, look_again_);
            } else {
                stopped_within(backoff.failed(), stop);
            }
        }
    }

    std::string name_;
    CommandDesk& desk_;
    Work work_;
    mutable std::mutex mutex_;  // of the status; held for a copy
    CommandOutletStatus status_;
    const std::chrono::milliseconds look_again_;  // at the latest, though nothing has changed
    MqttPublisher publisher_;                     // before the thread, which uses it to its end
    std::jthread thread_;
};

Result<std::unique_ptr<CommandOutlet>> CommandOutlet::to_broker(MqttEndpoint endpoint,
                                                                std::string broker,
                                                                CommandDesk& desk)
{
    auto client = client_options(std::move(endpoint));
    if (!client) return client.error();
    auto name = "tg-cmd-" + broker;
    Work work = [&desk, broker = std::move(broker)](MqttPublisher& publisher, const std::stop_token& stop) {
        return send_waiting(desk, broker, publisher, stop);
    };
    return Impl::make(std::move(*client), std::move(name), desk, std::move(work), look_at_waiting);
}

Result<std::unique_ptr<CommandOutlet>> CommandOutlet::to_upstream(MqttEndpoint endpoint,
                                                                  Results results,
                                                                  CommandDesk& desk)
{
    auto client = client_options(std::move(endpoint));
    if (!client) return client.error();
    auto name = "tg-told-" + results.upstream;
    Work work = [&desk, results = std::move(results)](MqttPublisher& publisher, const std::stop_token& stop) {
        return tell_results(desk, results, publisher, stop);
    };
    return Impl::make(std::move(*client), std::move(name), desk, std::move(work), look_at_results);
}

CommandOutlet::CommandOutlet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CommandOutlet::~CommandOutlet()
{
    stop();
}

void CommandOutlet::start()
{
    impl_->start();
}

void CommandOutlet::stop()
{
    impl_->stop();
}

CommandOutletStatus CommandOutlet::status() const
{
    return impl_->status();
}

}  // namespace tidegate::bridge
