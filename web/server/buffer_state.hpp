#pragma once

#include "web/server/facts.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace tidegate::web {

// How fast what is owed grows, from samples of about the last minute. Time is passed in. It is counted in
// readings: their bytes become fewer as they are sealed, which is not a trend.
class FillTrend {
public:
    void add(std::int64_t boot_ms, std::uint64_t held);

    // Seconds until the buffer of `store` is full, where a reading takes what readings take at rest; none
    // unless more is owed than at the beginning of the window.
    std::optional<std::int64_t> seconds_until_full(const store::StoreState& store) const;

private:
    struct Sample {
        std::int64_t boot_ms;
        std::uint64_t held;
    };
    std::deque<Sample> samples_;
};

// The buffer between the devices and the upstream that is furthest behind.
struct BufferState {
    std::uint64_t held = 0;     // readings that it is owed
    std::int64_t oldest_s = 0;  // age of the oldest of them
    double level = 0;           // share of the buffer in use, 0 to 1: at 1 what it is owed is thinned
    std::uint64_t lost = 0;     // readings given up so far, over all upstreams
};

std::uint64_t queued(const UpstreamFacts& upstream, const store::StoreState& store);

BufferState buffer_state(const GatewayFacts& facts, std::int64_t now_ms);

}  // namespace tidegate::web
