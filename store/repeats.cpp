#include "store/repeats.hpp"

#include <algorithm>

namespace tidegate::store {

void sort_without_repeats(std::vector<Point>& points)
{
    const auto earlier = [](const Point& a, const Point& b) { return a.time_ms < b.time_ms; };
    if (!std::is_sorted(points.begin(), points.end(), earlier))
        std::stable_sort(points.begin(), points.end(), earlier);
    auto kept = points.begin();       // the end of what is kept
    auto same_time = points.begin();  // where the readings of the present time begin in it
    for (auto point = points.begin(); point != points.end(); ++point) {
        if (same_time == kept || same_time->time_ms != point->time_ms) same_time = kept;
        const auto repeats = [&](const Point& other) { return other.value == point->value; };
        if (std::any_of(same_time, kept, repeats)) continue;
        if (kept != point) *kept = std::move(*point);
        ++kept;
    }
    points.erase(kept, points.end());
}

}  // namespace tidegate::store
