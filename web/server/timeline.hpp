#pragma once

#include "web/server/buffer_state.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace tidegate::web {

// What the last day was like: by minutes, how much arrived and how much was held; and when which upstream was
// away, and why. In memory, from the start of the gateway; bounded. Time is passed in. One thread.
class Timeline {
public:
    static constexpr std::size_t most_minutes = 24 * 60;
    static constexpr std::size_t most_outages = 200;

    // About once a second. Where the clock was set, minutes follow one another as they were lived.
    void add(std::int64_t now_ms, const GatewayFacts& facts, const BufferState& buffer);

    std::string json() const;  // docs/api.md

private:
    struct Minute {
        std::int64_t at_ms;  // its start
        double in = 0;       // messages a second, the sum over its samples
        int samples = 0;
        std::uint64_t held = 0;  // the most
        double level = 0;        // likewise
    };
    struct Outage {
        std::string upstream;
        std::int64_t from_ms;
        std::int64_t to_ms;  // 0: it lasts
        std::string why;
    };
    void follow(const UpstreamFacts& upstream, std::int64_t now_ms);

    std::deque<Minute> minutes_;
    std::deque<Outage> outages_;  // the oldest first
};

}  // namespace tidegate::web
