#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tidegate::bridge {

// How long to wait before the next try: `first`, then a random time between `first` and three times the last
// wait, never more than `most`. The chance, by `seed`, keeps many gateways from coming back at the same
// moment.
class Backoff {
public:
    using Duration = std::chrono::milliseconds;
    Backoff(Duration first, Duration most, std::uint32_t seed = std::random_device{}())
        : first_(first),
          most_(most),
          random_(seed)
    {
    }

    Duration failed();
    void succeeded() { last_ = Duration::zero(); }

private:
    Duration first_;
    Duration most_;
    Duration last_{0};
    std::minstd_rand random_;
};

}  // namespace tidegate::bridge
