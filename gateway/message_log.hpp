#pragma once

#include "bridge/intake_ring.hpp"
#include "gateway/decode/decoded.hpp"
#include "gateway/decode/knowledge.hpp"
#include "web/server/seen_message.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::gateway {

// What messages looked like: the last one of each topic, the newest that were rejected, and which topics a
// rule's rate holds back. Bounded: topics that were silent for long are forgotten first. In memory only.
// Any thread; one lock, held for a copy.
class MessageLog {
public:
    static constexpr std::size_t most_topics = 4000;
    static constexpr std::size_t most_rejected = 100;
    static constexpr std::size_t most_limited = 1000;
    static constexpr std::size_t payload_kept = 512;    // bytes
    static constexpr std::int64_t limited_minutes = 5;  // over which they are counted

    // Pipeline.
    void took(const bridge::Message& message, const Decoded& decoded);  // it gave readings, or facts
    void rejected(const bridge::Message& message, const Decoded& decoded);
    void held_back(const bridge::Message& message);  // by a rule's rate, undecoded

    web::SeenMessages last(const std::vector<std::string>& topics) const;
    web::SeenMessages rejected(std::int64_t now_ms) const;  // the newest first, and what was held back

private:
    struct HeldBack {
        std::int64_t minute = 0;                              // that the first count is of
        std::array<std::uint64_t, limited_minutes> counts{};  // the newest first

        void turn_to(std::int64_t minute_now);
        std::uint64_t sum() const;
    };
    struct Place {  // of a topic
        web::SeenMessage last{};
        bool again = false;  // it was heard since the hand was here
    };
    web::SeenMessage& place_of(std::string_view topic);

    mutable std::mutex mutex_;
    std::deque<Place> places_;                                  // which stay where they are
    std::unordered_map<std::string_view, std::size_t> topics_;  // of them, by the topic that is in the place
    std::size_t hand_ = 0;                   // the place that is looked at next for a new topic
    std::deque<web::SeenMessage> rejected_;  // the newest first
    ByText<HeldBack> held_back_;
};

}  // namespace tidegate::gateway
