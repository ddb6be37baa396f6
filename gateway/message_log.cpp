#include "gateway/message_log.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t minute_ms = 60'000;

// All but the topic, into strings that have their room from the message before.
void fill(web::SeenMessage& one, const bridge::Message& message, const Decoded& decoded)
{
    one.payload = message.payload.substr(0, MessageLog::payload_kept);
    one.bytes = message.payload.size();
    one.at_ms = message.arrived_ms;
    one.retained = message.retained;
    one.decoder = decoded.decoder;
    one.chosen = chosen_by(decoded);
    one.rule = decoded.rule;
    one.readings = decoded.fields.size();
    one.reason = decoded.rejected ? store::to_string(*decoded.rejected) : std::string_view();
    one.why = decoded.why;
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

// With the lock held. Its topic's. Where there are enough a new topic gets the place of one that was not
// heard again since the hand was there last. On the pipeline's thread: nothing is allocated then.
web::SeenMessage& MessageLog::place_of(std::string_view topic)
{
    if (const auto known = topics_.find(topic); known != topics_.end()) {
        auto& place = places_[known->second];
        place.again = true;
        return place.last;
    }
    if (places_.size() < most_topics) {
        auto& last = places_.emplace_back().last;
        last.topic = topic;
        topics_.emplace(last.topic, places_.size() - 1);
        return last;
    }
    while (std::exchange(places_[hand_].again, false)) hand_ = (hand_ + 1) % most_topics;
    auto& last = places_[hand_].last;
    auto entry = topics_.extract(last.topic);
    last.topic = topic;
    entry.key() = last.topic;
    topics_.insert(std::move(entry));
    hand_ = (hand_ + 1) % most_topics;
    return last;
}

void MessageLog::took(const bridge::Message& message, const Decoded& decoded)
{
    const std::scoped_lock lock(mutex_);
    fill(place_of(message.topic), message, decoded);
}

void MessageLog::rejected(const bridge::Message& message, const Decoded& decoded)
{
    const std::scoped_lock lock(mutex_);
    auto& one = place_of(message.topic);
    fill(one, message, decoded);
    rejected_.push_front(one);
    if (rejected_.size() > most_rejected) rejected_.pop_back();
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
            found.messages.push_back(places_[known->second].last);
    return found;
}

web::SeenMessages MessageLog::rejected(std::int64_t now_ms) const
{
    web::SeenMessages found;
    {
        const std::scoped_lock lock(mutex_);
        found.messages.assign(rejected_.begin(), rejected_.end());
        for (auto [topic, held] : held_back_) {
            held.turn_to(now_ms / minute_ms);
            if (held.sum() > 0) found.limited.emplace_back(topic, held.sum());
        }
    }
    std::ranges::sort(found.limited, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    return found;
}

}  // namespace tidegate::gateway
