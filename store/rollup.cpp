#include "store/rollup.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::store {

void Rollup::add(const Point& point)
{
    const bool text = std::holds_alternative<std::string>(point.value);
    if (!text) {
        const auto number = as_number(point.value);
        min = std::min(min, number);
        max = std::max(max, number);
        sum += number;
    }
    if (count == 0) first = point.value;
    last = point.value;
    last_ms = point.time_ms;
    ++count;
}

bool can_roll(const Point& point)
{
    const auto* number = std::get_if<double>(&point.value);
    return number == nullptr || !std::isnan(*number);
}

std::vector<Rollup> roll(std::span<const Point> points, std::int64_t width_ms)
{
    std::vector<Rollup> rolled;
    for (const auto& point : points) {
        if (!can_roll(point)) continue;
        if (rolled.empty() || point.time_ms >= rolled.back().start_ms + width_ms) {
            rolled.emplace_back();
            rolled.back().start_ms = point.time_ms / width_ms * width_ms;
        }
        rolled.back().add(point);
    }
    return rolled;
}

}  // namespace tidegate::store
