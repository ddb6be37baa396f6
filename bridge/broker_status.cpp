#include "bridge/broker_status.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/pause.hpp"

#include <utility>

namespace tidegate::bridge {

void BrokerStatus::is(const std::string& broker)
{
    const std::lock_guard lock(mutex_);
    status_.broker = broker;
}

void BrokerStatus::connecting()
{
    const std::lock_guard lock(mutex_);
    lost_ = false;
}

void BrokerStatus::connected(bool session_present, int version)
{
    const std::lock_guard lock(mutex_);
    ++status_.connects;
    status_.session_present = session_present;
    status_.version = version;
    if (status_.connects > 1 && !session_present)
        log::warning("broker_forgot_session url={} what was published while we were away is lost",
                     status_.broker);
}

void BrokerStatus::answered()
{
    const std::lock_guard lock(mutex_);
    answered_ = true;
    changed_.notify_all();
}

// With a session that the broker still has, messages flow before it answers to SUBSCRIBE.
void BrokerStatus::settle(const Subscriptions::Answer& answer)
{
    const std::lock_guard lock(mutex_);
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

void BrokerStatus::lost(LinkEnd end, const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (std::exchange(lost_, true)) return;
    ++status_.ends.at(static_cast<std::size_t>(end));
    if (status_.connected || status_.since_ms == 0) status_.since_ms = wall_ms();
    status_.connected = false;
    if (std::exchange(status_.why, why) != why) log::warning("broker_unreachable why={}", log::quoted(why));
    changed_.notify_all();
}

void BrokerStatus::stopped()
{
    const std::lock_guard lock(mutex_);
    if (status_.connected) status_.since_ms = wall_ms();
    status_.connected = false;
    status_.why = "stopped";
}

bool BrokerStatus::stands(const std::stop_token& stop, std::chrono::milliseconds most)
{
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, most, [&] { return lost_ || std::exchange(answered_, false); });
    return !lost_;
}

void BrokerStatus::pause(const std::stop_token& stop, std::chrono::milliseconds time)
{
    {
        const std::lock_guard lock(mutex_);
        status_.next_try_ms = wall_ms() + time.count();
    }
    stopped_within(time, stop);
    const std::lock_guard lock(mutex_);
    status_.next_try_ms = 0;
}

SubscriberStatus BrokerStatus::copy() const
{
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace tidegate::bridge
