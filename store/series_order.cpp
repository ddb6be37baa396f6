#include "store/series_order.hpp"

#include <algorithm>
#include <numeric>

namespace tidegate::store {

namespace {

constexpr std::size_t sparse = 8;  // series to a reading: from there on counting them costs more than sorting

std::vector<std::uint32_t> order_by_count(std::span<const SeriesId> series, SeriesId last)
{
    std::vector<std::uint32_t> next(std::size_t{last} + 2);
    for (const auto id : series) ++next[id + std::size_t{1}];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::uint32_t> order(series.size());
    for (std::uint32_t i = 0; i < series.size(); ++i) order[next[series[i]]++] = i;
    return order;
}

std::vector<std::uint32_t> order_by_sort(std::span<const SeriesId> series)
{
    std::vector<std::uint64_t> keys;
    keys.reserve(series.size());
    for (const auto id : series) keys.push_back(std::uint64_t{id} << 32U | keys.size());
    std::sort(keys.begin(), keys.end());
    std::vector<std::uint32_t> order(series.size());
    std::transform(keys.begin(), keys.end(), order.begin(),
                   [](auto key) { return static_cast<std::uint32_t>(key); });
    return order;
}

}  // namespace

std::vector<std::uint32_t> order_of(std::span<const SeriesId> series)
{
    const auto last = series.empty() ? 0 : *std::max_element(series.begin(), series.end());
    return last < sparse * series.size() ? order_by_count(series, last) : order_by_sort(series);
}

std::vector<const Reading*> in_order_of_series(std::span<const Reading> readings)
{
    std::vector<SeriesId> series(readings.size());
    std::transform(readings.begin(), readings.end(), series.begin(),
                   [](auto& reading) { return reading.series; });
    std::vector<const Reading*> ordered;
    ordered.reserve(readings.size());
    for (const auto i : order_of(series)) ordered.push_back(&readings[i]);
    return ordered;
}

}  // namespace tidegate::store
