#include "store/rollup.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::store {

void Rollup::count_in(const Value& value)
{
    if (!std::holds_alternative<std::string>(value)) {
        const auto number = as_number(value);
        min = std::min(min, number);
        max = std::max(max, number);
        sum += number;
    }
    ++count;
}

void Rollup::add(const Point& point)
{
    if (count == 0) first = point.value;
    count_in(point.value);
    last = point.value;
    last_ms = point.time_ms;
}

bool can_roll(const Point& point)
{
    const auto* number = std::get_if<double>(&point.value);
    return number == nullptr || !std::isnan(*number);
}

std::vector<Rollup> roll(std::span<const Point> points, std::int64_t width_ms)
{
    std::vector<Rollup> rolled;
    const Point* last = nullptr;  // of the newest rollup: its value is copied once, at the end
    const auto close = [&] {
        if (last == nullptr) return;
        rolled.back().last = last->value;
        rolled.back().last_ms = last->time_ms;
    };
    for (const auto& point : points) {
        if (!can_roll(point)) continue;
        if (rolled.empty() || point.time_ms >= rolled.back().start_ms + width_ms) {
            close();
            auto& fresh = rolled.emplace_back();
            fresh.start_ms = point.time_ms / width_ms * width_ms;
            fresh.first = point.value;
        }
        rolled.back().count_in(point.value);
        last = &point;
    }
    close();
    return rolled;
}

}  // namespace tidegate::store
