#pragma once

#include "web/server/facts.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace tidegate::web {

// How fast the log grows, from samples of about the last minute. Time is passed in.
class FillTrend {
public:
    void add(std::int64_t boot_ms, std::uint64_t log_bytes, std::uint64_t held);

    // Seconds until the log is as large as `most`; none unless both it and what is owed have grown over the
    // window: the log alone also breathes with the sealing of history.
    std::optional<std::int64_t> seconds_until(std::uint64_t most) const;

private:
    struct Sample {
        std::int64_t boot_ms;
        std::uint64_t log_bytes, held;
    };
    std::deque<Sample> samples_;
};

// The buffer between the devices and the upstream that is furthest behind.
struct BufferState {
    std::uint64_t held = 0;     // readings that it is owed
    std::int64_t oldest_s = 0;  // age of the oldest of them
    double level = 0;           // share of the log's bound in use, 0 to 1
    std::uint64_t lost = 0;     // readings given up so far, over all upstreams
};

std::uint64_t queued(const UpstreamFacts& upstream, const store::StoreState& store);

BufferState buffer_state(const GatewayFacts& facts, std::int64_t now_ms);

}  // namespace tidegate::web
