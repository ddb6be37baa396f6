#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace tidegate::sim {

// SplitMix64 (Steele, Lea, Flood 2014): 8 bytes of state, so that ten thousand signals can each have their
// own.
class Random {
public:
    using result_type = std::uint64_t;

    explicit Random(std::uint64_t seed) : state_(seed) {}

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    result_type operator()()
    {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    // In [0, 1).
    double uniform() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

    // Roughly normal with mean 0 and deviation 1: a sum of four uniforms, which is cheap and has no far
    // tails.
    double normal()
    {
        const double sum = uniform() + uniform() + uniform() + uniform();
        return (sum - 2.0) * std::sqrt(3.0);
    }

private:
    std::uint64_t state_;
};

}  // namespace tidegate::sim
