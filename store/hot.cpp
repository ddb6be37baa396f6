#include "store/hot.hpp"

#include <algorithm>
#include <set>

namespace tidegate::store {

namespace {

bool within(const HotPoint& hot, std::int64_t from_ms, std::int64_t to_ms)
{
    return hot.point.time_ms >= from_ms && hot.point.time_ms < to_ms;
}

}  // namespace

void HotTable::add(std::span<const Record> records)
{
    const std::scoped_lock lock(mutex_);
    for (const auto& record : records) {
        const auto& reading = record.reading;
        if (reading.series >= series_.size()) series_.resize(reading.series + 1);
        series_[reading.series].push_back({record.seq, {reading.time_ms, reading.value, reading.flags}});
    }
    points_ += records.size();
}

std::vector<HotPoint> HotTable::copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms) const
{
    const std::scoped_lock lock(mutex_);
    std::vector<HotPoint> found;
    if (series >= series_.size()) return found;
    for (const auto& hot : series_[series])
        if (within(hot, from_ms, to_ms)) found.push_back(hot);
    return found;
}

void HotTable::forget(const SealTask& task, std::uint64_t seq)
{
    const std::scoped_lock lock(mutex_);
    if (task.series >= series_.size()) return;
    auto& points = series_[task.series];
    const auto gone = std::erase_if(
        points, [&](const HotPoint& hot) { return hot.seq <= seq && within(hot, task.from_ms, task.to_ms); });
    points_ -= gone;
    if (points.capacity() > 4 * points.size() + 16) points.shrink_to_fit();
}

std::uint64_t HotTable::oldest_seq(std::uint64_t last_seq) const
{
    const std::scoped_lock lock(mutex_);
    auto oldest = last_seq + 1;
    for (const auto& points : series_)
        if (!points.empty())
            oldest = std::min(oldest, points.front().seq);  // in order of seq within a series
    return oldest;
}

std::vector<HotTable::Size> HotTable::sizes() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Size> sizes;
    for (std::size_t id = 0; id < series_.size(); ++id)
        if (!series_[id].empty())
            sizes.push_back({static_cast<SeriesId>(id), series_[id].size(), series_[id].front().seq});
    return sizes;
}

std::size_t HotTable::points() const
{
    const std::scoped_lock lock(mutex_);
    return points_;
}

std::vector<SealTask> HotTable::buckets(SeriesId series, std::int64_t width_ms) const
{
    const std::scoped_lock lock(mutex_);
    std::set<std::int64_t> starts;
    if (series < series_.size())
        for (const auto& hot : series_[series]) starts.insert(hot.point.time_ms / width_ms * width_ms);
    std::vector<SealTask> tasks;
    tasks.reserve(starts.size());
    for (const auto start : starts) tasks.push_back({series, start, start + width_ms});
    return tasks;
}

}  // namespace tidegate::store
