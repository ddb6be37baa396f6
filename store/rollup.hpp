#pragma once

#include "store/reading.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tidegate::store {

inline constexpr std::int64_t minute_ms = 60'000;
inline constexpr std::int64_t hour_ms = 60 * minute_ms;
inline constexpr std::int64_t day_ms = 24 * hour_ms;

// What is kept of the readings of one series in one minute or hour. Booleans count as 0 and 1. Texts have a
// count, a first and a last only; NaN is left out, for it has no place between least and most.
struct Rollup {
    std::int64_t start_ms = 0;
    std::uint64_t count = 0;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double sum = 0;
    Value first, last;
    std::int64_t last_ms = 0;  // of `last`; from a tier, exact only in a row's last entry

    void add(const Point& point);
    void count_in(const Value& value);  // into all but first and last
};

// NaN cannot.
bool can_roll(const Point& point);

// `points` rise in time. Periods without a reading are left out.
std::vector<Rollup> roll(std::span<const Point> points, std::int64_t width_ms);

}  // namespace tidegate::store
