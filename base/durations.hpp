#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tidegate {

// How long something took, each time: how many times by how long, and all together. Used by one thread.
struct Durations {
    static constexpr std::array<double, 10> bounds{0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,  0.1,    0.25,  1,    5};  // s
    std::array<std::uint64_t, bounds.size() + 1>
        buckets{};  // up to each bound; in the last, what took longer
    std::uint64_t count = 0;
    double seconds = 0;

    void add(double took)
    {
        const auto at = std::lower_bound(bounds.begin(), bounds.end(), took) - bounds.begin();
        ++buckets[static_cast<std::size_t>(at)];
        ++count;
        seconds += took;
    }
};

}  // namespace tidegate
