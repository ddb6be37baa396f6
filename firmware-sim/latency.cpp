#include "firmware-sim/latency.hpp"

#include <algorithm>
#include <bit>

namespace tidegate::sim {

namespace {

// Values below 16 have a bucket each; above, the four bits below the leading one choose among 16 an octave.
std::size_t bucket_of(std::uint64_t value)
{
    if (value < 16) return value;
    const auto octave = static_cast<unsigned>(std::bit_width(value)) - 5;
    return 16 * (octave + 1) + ((value >> octave) & 15U);
}

std::uint64_t end_of(std::size_t bucket)
{
    if (bucket < 16) return bucket;
    const auto octave = bucket / 16 - 1;
    return ((16 + bucket % 16 + 1) << octave) - 1;
}

}  // namespace

void Latency::add(std::int64_t microseconds)
{
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, microseconds));
    ++counts_[std::min(bucket_of(value), buckets - 1)];
    ++total_;
    longest_ = std::max(longest_, value);
}

void Latency::add(const Latency& others)
{
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) counts_[bucket] += others.counts_[bucket];
    total_ += others.total_;
    longest_ = std::max(longest_, others.longest_);
}

double Latency::quantile_ms(double quantile) const
{
    const auto wanted = static_cast<std::uint64_t>(quantile * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        seen += counts_[bucket];
        if (seen > wanted || (seen == total_ && seen > 0))
            return static_cast<double>(std::min(end_of(bucket), longest_)) / 1000.0;
    }
    return 0;
}

}  // namespace tidegate::sim
