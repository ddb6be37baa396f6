#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tidegate::gateway {

// How fast a value changes, over a span of time: from the reading that is at least a span old to the newest.
// Holds at most `most` readings, the span's in even steps. Pure.
class RateWindow {
public:
    static constexpr std::int64_t most = 34;

    explicit RateWindow(std::int64_t span_ms) : span_ms_(span_ms) {}

    // `at_ms` by a clock that never jumps. Change a millisecond; none: readings do not span enough time yet
    // (half of the span), or there was none for two spans and it begins anew. Those that come out of order
    // are left out.
    std::optional<double> push(std::int64_t at_ms, double value);

    std::size_t points() const { return points_.size(); }

private:
    struct Point {
        std::int64_t at_ms;
        double value;
    };
    std::int64_t span_ms_;
    std::deque<Point> points_;
};

}  // namespace tidegate::gateway
