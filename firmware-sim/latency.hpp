#pragma once

#include <array>
#include <cstdint>

namespace tidegate::sim {

// How long things took, in buckets that are 1/16 of their value wide: quantiles to about 6 %, in fixed
// memory. Pure.
class Latency {
public:
    void add(std::int64_t microseconds);
    void add(const Latency& others);

    // The upper end of the bucket in which the quantile (0 to 1) lies, never above the longest; 0 when empty.
    double quantile_ms(double quantile) const;
    double longest_ms() const { return static_cast<double>(longest_) / 1000.0; }

private:
    static constexpr std::size_t buckets = 16 * 41;

    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t longest_ = 0;
};

}  // namespace tidegate::sim
