#include "bridge/link_probe.hpp"

#include "base/clock.hpp"

namespace tidegate::bridge {

void LinkProbe::begin()
{
    asked_ms_ = 0;
    answer();
}

void LinkProbe::answer()
{
    heard_ms_.store(boot_ms(), std::memory_order_relaxed);
}

bool LinkProbe::alive(mqtt::async_client& client, std::chrono::milliseconds keep_alive)
{
    const auto now = boot_ms();
    const auto heard = heard_ms_.load(std::memory_order_relaxed);
    if (asked_ms_ <= heard) asked_ms_ = 0;
    if (asked_ms_ != 0) return now - asked_ms_ < keep_alive.count() / 2;
    if (now - heard < keep_alive.count()) return true;
    asked_ms_ = now;
    try {
        client.unsubscribe(topic_, nullptr, *this);
    } catch (const mqtt::exception&) {
        // Not connected any more: its owner is told.
    }
    return true;
}

void LinkProbe::on_success(const mqtt::token&)
{
    answer();
}

void LinkProbe::on_failure(const mqtt::token& token)
{
    if (token.get_return_code() >= 0) answer();  // a refusal is a sign of life; below 0 it is Paho's
}

}  // namespace tidegate::bridge
