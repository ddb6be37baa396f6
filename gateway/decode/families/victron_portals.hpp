#pragma once

#include "gateway/decode/knowledge.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// The Victron installations that were heard, by their portal id: a GX device stops publishing when nobody has
// asked it to go on for a minute. What it publishes at rest is retained, or nothing, so it is asked by the
// clock and not only when it is heard. Times are wall clock.
class VictronPortals {
public:
    static constexpr std::size_t most = 64;
    static constexpr std::int64_t asks_every_ms = 30'000;
    static constexpr std::int64_t sleeps_after_ms = 60'000;        // unheard, it has slept or was away
    static constexpr std::int64_t forgotten_after_ms = 3'600'000;  // unheard

    // The first installation that spoke gives its devices their plain names; those of others are told apart.
    void meet(std::string_view portal)
    {
        if (first_.empty()) first_ = portal;
    }
    bool is_first(std::string_view portal) const { return first_.empty() || first_ == portal; }

    // By a message from this broker.
    void heard(std::string_view portal, std::size_t broker, std::int64_t now_ms)
    {
        auto found = portals_.find(portal);
        if (found == portals_.end()) {
            if (portals_.size() >= most) return;
            found = portals_.emplace(std::string(portal), Portal{}).first;
            next_ms_ = 0;
        }
        auto& known = found->second;
        if (!within(sleeps_after_ms, known.heard_ms, now_ms)) known.has_all_been_asked = false;
        known.heard_ms = now_ms;
        known.broker = broker;
    }

    // Calls ask(portal, broker, all) for each that is to be asked to go on now; `all`: to say everything
    // anew, as it does not when it is merely told to go on.
    template <class Ask>
    void for_each_due(std::int64_t now_ms, const Ask& ask)
    {
        if (portals_.empty() || (now_ms < next_ms_ && next_ms_ - now_ms <= asks_every_ms)) return;
        std::erase_if(portals_, [&](const auto& portal) {
            return !within(forgotten_after_ms, portal.second.heard_ms, now_ms);
        });
        next_ms_ = now_ms + asks_every_ms;
        for (auto& [portal, known] : portals_) {
            if (!within(asks_every_ms, known.asked_ms, now_ms)) {
                ask(portal, known.broker, !known.has_all_been_asked);
                known.has_all_been_asked = true;
                known.asked_ms = now_ms;
            }
            next_ms_ = std::min(next_ms_, known.asked_ms + asks_every_ms);
        }
    }

private:
    struct Portal {
        std::size_t broker = 0;
        std::int64_t heard_ms = 0, asked_ms = 0;
        bool has_all_been_asked = false;
    };

    // Not when the clock was set back in between.
    static bool within(std::int64_t span_ms, std::int64_t then_ms, std::int64_t now_ms)
    {
        return then_ms != 0 && now_ms >= then_ms && now_ms - then_ms < span_ms;
    }

    std::string first_;
    ByText<Portal> portals_;
    std::int64_t next_ms_ = 0;  // nobody is due before
};

}  // namespace tidegate::gateway
