#include "store/history_reader.hpp"

#include "store/fit.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::store {

namespace {

constexpr std::size_t most_open = 8;

bool earlier(const Point& a, const Point& b)
{
    return a.time_ms < b.time_ms;
}

// Sorts by time and takes repeats out.
void collapse_repeats(std::vector<Point>& points)
{
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

}  // namespace

HistoryReader::HistoryReader(std::filesystem::path directory, const HotTable& hot)
    : directory_(std::move(directory)),
      hot_(hot)
{
}

Result<DayFile*> HistoryReader::day(std::int64_t day)
{
    const auto path = DayFile::path(directory_, day);
    const bool exists = std::filesystem::exists(path);
    const auto found = std::find_if(open_.begin(), open_.end(), [&](auto& open) { return open.day == day; });
    if (found != open_.end()) {
        if (!exists) {  // purged meanwhile
            open_.erase(found);
            return nullptr;
        }
        open_.splice(open_.begin(), open_, found);
        return &open_.front().file;
    }
    if (!exists) return nullptr;
    auto file = DayFile::open(path, Access::read_only);
    if (!file && file.error().kind == ErrorKind::not_found) return nullptr;
    if (!file) return file.error();
    open_.push_front({day, std::move(*file)});
    if (open_.size() > most_open) open_.pop_back();
    return &open_.front().file;
}

Result<SeriesHistory> HistoryReader::read(SeriesId series,
                                          const HistoryQuery& query,
                                          std::int64_t width_ms,
                                          const std::stop_token& stop)
{
    // The hot points first: what is sealed between the two reads is then there twice, and not missing.
    auto hot = hot_.copy(series, query.from_ms, query.to_ms);
    std::stable_sort(hot.begin(), hot.end(), [](auto& a, auto& b) { return earlier(a.point, b.point); });
    auto next_hot = hot.begin();
    Fit fit(query, width_ms);
    std::vector<Point> points;  // of one bucket, so that a long range takes no more memory than a short one
    std::int64_t end = 0;
    for (auto start = query.from_ms / bucket_ms * bucket_ms; start < query.to_ms; start = end) {
        if (stop.stop_requested()) return Error{ErrorKind::unavailable, "cancelled"};
        auto file = day(start / day_ms);
        if (!file) return file.error();
        end = *file != nullptr ? start + bucket_ms : (start / day_ms + 1) * day_ms;
        points.clear();
        if (*file != nullptr) {
            auto added = (*file)->read(series, start / bucket_ms, points);
            if (!added) return added.error();
        }
        for (; next_hot != hot.end() && next_hot->point.time_ms < end; ++next_hot)
            points.push_back(std::move(next_hot->point));
        collapse_repeats(points);
        for (auto& point : points)
            if (point.time_ms >= query.from_ms && point.time_ms < query.to_ms) fit.add(std::move(point));
    }
    return fit.take(series);
}

Result<History> HistoryReader::read(const HistoryQuery& query, const std::stop_token& stop)
{
    if (query.from_ms < 0 || query.to_ms <= query.from_ms || query.points == 0)
        return Error{ErrorKind::invalid, "history: needs 0 <= from < to and points > 0"};
    const auto wide = static_cast<double>(query.to_ms - query.from_ms) / static_cast<double>(query.points);
    const auto width = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wide)));
    History history;
    for (const auto series : query.series) {
        auto found = read(series, query, width, stop);
        if (!found) return found.error();
        history.series.push_back(std::move(*found));
        if (!history.series.back().raw) history.resolution_ms = width;
    }
    return history;
}

}  // namespace tidegate::store
