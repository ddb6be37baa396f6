#pragma once

#include <cstdint>
#include <deque>

namespace tidegate::gateway {

// How fast a count grows, over the last few looks at it. Pure: time is passed in.
class Rate {
public:
    explicit Rate(std::int64_t window_ms = 5000) : window_ms_(window_ms) {}

    void look(std::int64_t now_ms, double count);
    double per_second() const;

private:
    struct Look {
        std::int64_t ms;
        double count;
    };
    std::int64_t window_ms_;
    std::deque<Look> looks_;
};

}  // namespace tidegate::gateway
