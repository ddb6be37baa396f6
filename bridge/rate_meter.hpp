#pragma once

#include <cstdint>

namespace tidegate::bridge {

// A moving average of events a second that forgets within about ten seconds. Pure: time, in milliseconds, is
// passed in.
class RateMeter {
public:
    void count(std::uint64_t events, std::int64_t now_ms);
    double per_second(std::int64_t now_ms) const;

private:
    double weight_ = 0;  // events, each fading with time
    std::int64_t at_ms_ = 0;
};

}  // namespace tidegate::bridge
