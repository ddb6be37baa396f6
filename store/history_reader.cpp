#include "store/history_reader.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::store {

namespace {

constexpr std::size_t most_open = 8;

void collapse_repeats(std::vector<Point>& points)
{
    std::stable_sort(points.begin(), points.end(), [](auto& a, auto& b) { return a.time_ms < b.time_ms; });
    std::vector<Point> kept;
    kept.reserve(points.size());
    std::size_t same_time = 0;  // where the readings of the present time begin in `kept`
    for (auto& point : points) {
        if (kept.empty() || kept.back().time_ms != point.time_ms) same_time = kept.size();
        const auto repeats = [&](const Point& other) { return other.value == point.value; };
        if (std::none_of(kept.begin() + static_cast<std::ptrdiff_t>(same_time), kept.end(), repeats))
            kept.push_back(std::move(point));
    }
    points = std::move(kept);
}

bool is_text(const Value& value)
{
    return std::holds_alternative<std::string>(value);
}

void add_bucket(SeriesHistory& out, std::int64_t start, std::span<const Point> points)
{
    double least = as_number(points.front().value);
    double most = least;
    double sum = 0;
    for (const auto& point : points) {
        const auto value = as_number(point.value);
        least = std::min(least, value);
        most = std::max(most, value);
        sum += value;
    }
    out.t.push_back(start);
    out.min.push_back(least);
    out.mean.push_back(sum / static_cast<double>(points.size()));
    out.max.push_back(most);
    out.count.push_back(points.size());
}

}  // namespace

SeriesHistory fit(SeriesId series,
                  std::vector<Point> points,
                  const HistoryQuery& query,
                  std::int64_t width_ms)
{
    SeriesHistory out;
    out.series = series;
    if (points.size() <= query.points) {
        for (auto& point : points) {
            out.t.push_back(point.time_ms);
            out.v.push_back(std::move(point.value));
        }
        return out;
    }
    const bool text = std::any_of(points.begin(), points.end(), [](auto& p) { return is_text(p.value); });
    out.raw = text;
    for (std::size_t i = 0; i < points.size();) {
        const auto start = query.from_ms + (points[i].time_ms - query.from_ms) / width_ms * width_ms;
        auto end = i;
        while (end < points.size() && points[end].time_ms < start + width_ms) ++end;
        if (text) {
            out.t.push_back(points[end - 1].time_ms);
            out.v.push_back(std::move(points[end - 1].value));
        } else {
            add_bucket(out, start, std::span(points).subspan(i, end - i));
        }
        i = end;
    }
    return out;
}

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
    if (!file) return file.error();
    open_.push_front({day, std::move(*file)});
    if (open_.size() > most_open) open_.pop_back();
    return &open_.front().file;
}

Result<std::vector<Point>> HistoryReader::points(SeriesId series,
                                                 std::int64_t from_ms,
                                                 std::int64_t to_ms,
                                                 const std::stop_token& stop)
{
    // The hot points first: what is sealed between the two reads is then there twice, and not missing.
    const auto hot = hot_.copy(series, from_ms, to_ms);
    std::vector<Point> points;
    for (auto bucket = from_ms / bucket_ms; bucket <= (to_ms - 1) / bucket_ms; ++bucket) {
        if (stop.stop_requested()) return Error{ErrorKind::unavailable, "cancelled"};
        auto file = day(bucket * bucket_ms / day_ms);
        if (!file) return file.error();
        if (*file == nullptr) {  // on to the next day
            bucket = (bucket * bucket_ms / day_ms + 1) * (day_ms / bucket_ms) - 1;
            continue;
        }
        auto chunks = (*file)->read(series, bucket);
        if (!chunks) return chunks.error();
        for (auto& chunk : *chunks)
            for (auto& point : chunk.points)
                if (point.time_ms >= from_ms && point.time_ms < to_ms) points.push_back(std::move(point));
    }
    for (const auto& one : hot) points.push_back(one.point);
    collapse_repeats(points);
    return points;
}

Result<History> HistoryReader::read(const HistoryQuery& query, const std::stop_token& stop)
{
    if (query.from_ms < 0 || query.to_ms <= query.from_ms || query.points == 0)
        return Error{ErrorKind::invalid, "history: needs 0 <= from < to and points > 0"};
    const auto wide = static_cast<double>(query.to_ms - query.from_ms) / static_cast<double>(query.points);
    const auto width = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wide)));
    History history;
    for (const auto series : query.series) {
        auto found = points(series, query.from_ms, query.to_ms, stop);
        if (!found) return found.error();
        history.series.push_back(fit(series, std::move(*found), query, width));
        if (!history.series.back().raw) history.resolution_ms = width;
    }
    return history;
}

}  // namespace tidegate::store
