#include "bridge/arrivals.hpp"

#include "base/clock.hpp"
#include "base/topic_filter.hpp"

#include <algorithm>

namespace tidegate::bridge {

namespace {

constexpr auto patience = std::chrono::milliseconds(250);  // while all other clients of Paho wait, too

}  // namespace

Result<> Arrivals::remember(const std::filesystem::path& file, const std::string& session)
{
    auto opened = Redeliveries::open(file, session);
    if (!opened) return opened.error();
    redeliveries_ = std::move(*opened);
    return {};
}

void Arrivals::connecting()
{
    look_at_clock();
    heard_ms_ = boot_ms();
}

void Arrivals::connected(bool same_session) noexcept
{
    if (redeliveries_) redeliveries_->begin(same_session);
}

void Arrivals::look_at_clock()
{
    unsynchronised_ = !clock_synchronised();
}

bool Arrivals::silent_for(std::chrono::milliseconds time) const
{
    const auto heard_ms = heard_ms_.load();
    return heard_ms != under_way && boot_ms() - heard_ms > time.count();
}

bool Arrivals::is_own(std::string_view topic) const
{
    return std::ranges::any_of(rules_.own, [&](const auto& filter) { return matches(filter, topic); });
}

bool Arrivals::take(const MqttArrival& arrival, const std::stop_token& stop) noexcept
{
    heard_ms_.store(under_way, std::memory_order_relaxed);
    const auto& [topic, payload, packet, retained, duplicate] = arrival;
    const Redeliveries::Delivery delivery{packet, duplicate, topic, payload};
    const Message taken{.topic = topic,
                        .payload = payload,
                        .arrived_ms = wall_ms(),
                        .retained = retained,
                        .duplicate = duplicate,
                        .oversize = payload.size() > rules_.largest_payload,
                        .unsynchronised = unsynchronised_.load(std::memory_order_relaxed),
                        .again = redeliveries_ && redeliveries_->again(delivery)};
    bool done = true;
    if (is_own(topic))
        ++own_;
    else
        done = keep(taken, delivery, stop);
    heard_ms_.store(boot_ms(), std::memory_order_relaxed);
    return done;
}

bool Arrivals::keep(const Message& message,
                    const Redeliveries::Delivery& delivery,
                    const std::stop_token& stop)
{
    if (!ring_.push(message, stop, patience)) {
        full_ = !stop.stop_requested();
        return false;
    }
    if (message.duplicate) ++duplicates_;
    if (message.again) ++redelivered_;
    if (redeliveries_) redeliveries_->took(delivery, boot_ms());
    return true;
}

}  // namespace tidegate::bridge
