#include "store/series_order.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate::store {

namespace {

constexpr std::size_t sparse = 8;  // series to a reading: from there on counting them costs more than sorting

// Where each reading goes, by counting those of each series.
std::vector<std::uint32_t> places_by_count(const std::vector<Reading>& readings, SeriesId last)
{
    std::vector<std::uint32_t> next(std::size_t{last} + 2);
    for (const auto& reading : readings) ++next[reading.series + std::size_t{1}];
    for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
    std::vector<std::uint32_t> places;
    places.reserve(readings.size());
    for (const auto& reading : readings) places.push_back(next[reading.series]++);
    return places;
}

std::vector<std::uint32_t> places_by_sort(const std::vector<Reading>& readings)
{
    std::vector<std::uint64_t> keys;
    keys.reserve(readings.size());
    for (const auto& reading : readings) keys.push_back(std::uint64_t{reading.series} << 32U | keys.size());
    std::sort(keys.begin(), keys.end());
    std::vector<std::uint32_t> places(readings.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) places[static_cast<std::uint32_t>(keys[i])] = i;
    return places;
}

}  // namespace

void sort_by_series(std::vector<Reading>& readings, std::vector<Reading>& spare)
{
    SeriesId last = 0, before = 0;
    bool sorted = true;
    for (const auto& reading : readings) {
        sorted = sorted && reading.series >= before;
        before = reading.series;
        last = std::max(last, reading.series);
    }
    if (sorted) return;
    const auto places =
        last < sparse * readings.size() ? places_by_count(readings, last) : places_by_sort(readings);
    spare.resize(readings.size());
    for (std::size_t i = 0; i < readings.size(); ++i) spare[places[i]] = std::move(readings[i]);
    readings.swap(spare);
}

}  // namespace tidegate::store
