#include "gateway/message_log.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t minute_ms = 60'000;

web::SeenMessage seen(const bridge::Message& message, const Decoded& decoded)
{
    web::SeenMessage one;
    one.topic = message.topic;
    one.payload = message.payload.substr(0, MessageLog::payload_kept);
    one.bytes = message.payload.size();
    one.at_ms = message.arrived_ms;
    one.retained = message.retained;
    one.decoder = decoded.decoder;
    one.readings = decoded.fields.size();
    if (decoded.rejected) one.reason = store::to_string(*decoded.rejected);
    one.why = decoded.why;
    return one;
}

}  // namespace

void MessageLog::HeldBack::turn_to(std::int64_t minute_now)
{
    const auto passed = std::clamp<std::int64_t>(minute_now - minute, 0, limited_minutes);
    std::shift_right(counts.begin(), counts.end(), static_cast<std::ptrdiff_t>(passed));
    std::fill_n(counts.begin(), passed, 0);
    minute = std::max(minute, minute_now);
}

std::uint64_t MessageLog::HeldBack::sum() const
{
    std::uint64_t all = 0;
    for (const auto count : counts) all += count;
    return all;
}

void MessageLog::keep(web::SeenMessage message)
{
    const auto known = topics_.find(message.topic);
    if (known != topics_.end()) {
        *known->second = std::move(message);
        last_.splice(last_.begin(), last_, known->second);
        return;
    }
    last_.push_front(std::move(message));
    topics_.emplace(last_.front().topic, last_.begin());
    if (last_.size() <= most_topics) return;
    topics_.erase(last_.back().topic);
    last_.pop_back();
}

void MessageLog::took(const bridge::Message& message, const Decoded& decoded)
{
    auto one = seen(message, decoded);
    const std::scoped_lock lock(mutex_);
    keep(std::move(one));
}

void MessageLog::rejected(const bridge::Message& message, const Decoded& decoded)
{
    auto one = seen(message, decoded);
    const std::scoped_lock lock(mutex_);
    rejected_.push_front(one);
    if (rejected_.size() > most_rejected) rejected_.pop_back();
    keep(std::move(one));
}

void MessageLog::held_back(const bridge::Message& message)
{
    const auto minute = message.arrived_ms / minute_ms;
    const std::scoped_lock lock(mutex_);
    auto found = held_back_.find(message.topic);
    if (found == held_back_.end()) {
        if (held_back_.size() >= most_limited)
            std::erase_if(held_back_,
                          [&](const auto& entry) { return minute - entry.second.minute >= limited_minutes; });
        if (held_back_.size() >= most_limited) return;
        found = held_back_.emplace(message.topic, HeldBack{minute}).first;
    }
    found->second.turn_to(minute);
    ++found->second.counts[0];
}

web::SeenMessages MessageLog::last(const std::vector<std::string>& topics) const
{
    web::SeenMessages found;
    const std::scoped_lock lock(mutex_);
    for (const auto& topic : topics)
        if (const auto known = topics_.find(topic); known != topics_.end())
            found.messages.push_back(*known->second);
    return found;
}

web::SeenMessages MessageLog::rejected(std::int64_t now_ms) const
{
    web::SeenMessages found;
    const std::scoped_lock lock(mutex_);
    found.messages.assign(rejected_.begin(), rejected_.end());
    for (auto [topic, held] : held_back_) {
        held.turn_to(now_ms / minute_ms);
        if (held.sum() > 0) found.limited.emplace_back(topic, held.sum());
    }
    std::ranges::sort(found.limited, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    return found;
}

}  // namespace tidegate::gateway
