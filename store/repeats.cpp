#include "store/repeats.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

bool earlier(const Point& a, const Point& b)
{
    return a.time_ms < b.time_ms;
}

}  // namespace

// Few come late, and those that rise stay as they are: only what is late is sorted, and merged in from
// behind.
void sort_by_time(std::vector<Point>& points)
{
    if (std::is_sorted(points.begin(), points.end(), earlier)) return;
    std::vector<Point> late;
    auto rising = points.begin();  // the end of those that do
    for (auto point = points.begin(); point != points.end(); ++point) {
        if (rising != points.begin() && earlier(*point, *(rising - 1))) {
            late.push_back(std::move(*point));
            continue;
        }
        if (rising != point) *rising = std::move(*point);
        ++rising;
    }
    std::stable_sort(late.begin(), late.end(), earlier);
    // One that rises and has the time of a late one came before it.
    auto to = points.end();
    for (auto one = late.end(); one != late.begin();) {
        const bool later = rising != points.begin() && earlier(*(one - 1), *(rising - 1));
        *--to = std::move(later ? *--rising : *--one);
    }
}

void sort_without_repeats(std::vector<Point>& points)
{
    sort_by_time(points);
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
