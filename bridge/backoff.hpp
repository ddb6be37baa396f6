#pragma once

#include <chrono>

namespace tidegate::bridge {

// How long to wait before the next try: `first`, then a random time between `first` and three times the last
// wait, never more than `most`. The chance keeps many gateways from coming back at the same moment. Pure:
// chance is passed in.
class Backoff {
public:
    using Duration = std::chrono::milliseconds;
    Backoff(Duration first, Duration most) : first_(first), most_(most) {}

    // `chance`: evenly spread over 0 to 1.
    Duration failed(double chance);
    void succeeded() { last_ = Duration::zero(); }

private:
    Duration first_;
    Duration most_;
    Duration last_{0};
};

}  // namespace tidegate::bridge
