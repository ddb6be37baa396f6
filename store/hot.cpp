#include "store/hot.hpp"

#include "store/bits.hpp"
#include "store/chunk_codec.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <set>

namespace tidegate::store {

namespace {

bool within(const HotPoint& hot, std::int64_t from_ms, std::int64_t to_ms)
{
    return hot.point.time_ms >= from_ms && hot.point.time_ms < to_ms;
}

}  // namespace

HotTable::Block HotTable::pack(std::span<const HotPoint> points)
{
    Block block{points.front().seq,           points.back().seq, points.front().point.time_ms,
                points.front().point.time_ms, points.size(),     {}};
    std::vector<Point> plain;
    std::array<std::uint64_t, block_points> steps;
    plain.reserve(points.size());
    auto before = block.first_seq;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& point = points[i].point;
        block.least_ms = std::min(block.least_ms, point.time_ms);
        block.most_ms = std::max(block.most_ms, point.time_ms);
        steps[i] = points[i].seq - before;
        before = points[i].seq;
        plain.push_back(point);
    }
    BitWriter bits(block.bytes);
    write_residuals(std::span(steps).first(points.size()), bits);
    bits.finish();
    ChunkEncoder(block.least_ms).add(plain, block.bytes);
    block.bytes.shrink_to_fit();
    return block;
}

std::vector<HotPoint> HotTable::unpack(const Block& block)
{
    std::array<std::uint64_t, block_points> steps;
    BitReader bits(block.bytes);
    read_residuals(std::span(steps).first(block.count), bits);
    std::vector<Point> plain;
    plain.reserve(block.count);
    const auto rest = std::string_view(block.bytes).substr(bits.bytes_read());
    [[maybe_unused]] const auto decoded = decode_chunk(rest, block.least_ms, block.count, plain);
    assert(decoded && plain.size() == block.count);
    std::vector<HotPoint> points;
    points.reserve(block.count);
    auto seq = block.first_seq;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        seq += steps[i];
        points.push_back({seq, std::move(plain[i])});
    }
    return points;
}

void HotTable::add(std::span<const Record> records)
{
    const std::scoped_lock lock(mutex_);
    for (const auto& record : records) {
        const auto& reading = record.reading;
        if (reading.series >= series_.size()) series_.resize(reading.series + 1);
        auto& series = series_[reading.series];
        series.tail.push_back({record.seq, {reading.time_ms, reading.value, reading.flags}});
        ++series.points;
        if (series.tail.size() < block_points) continue;
        series.blocks.push_back(pack(series.tail));
        series.tail.clear();
    }
    points_ += records.size();
}

std::vector<HotPoint> HotTable::copy(SeriesId id, std::int64_t from_ms, std::int64_t to_ms) const
{
    const std::scoped_lock lock(mutex_);
    std::vector<HotPoint> found;
    if (id >= series_.size()) return found;
    const auto take = [&](std::span<const HotPoint> points) {
        for (const auto& hot : points)
            if (within(hot, from_ms, to_ms)) found.push_back(hot);
    };
    for (const auto& block : series_[id].blocks)
        if (block.most_ms >= from_ms && block.least_ms < to_ms) take(unpack(block));
    take(series_[id].tail);
    return found;
}

void HotTable::forget(Series& series, const SealTask& task, std::uint64_t seq)
{
    const auto goes = [&](const HotPoint& hot) {
        return hot.seq <= seq && within(hot, task.from_ms, task.to_ms);
    };
    std::vector<Block> kept;
    for (auto& block : series.blocks) {
        const bool touched =
            block.first_seq <= seq && block.most_ms >= task.from_ms && block.least_ms < task.to_ms;
        const bool whole =
            block.last_seq <= seq && block.least_ms >= task.from_ms && block.most_ms < task.to_ms;
        if (whole) continue;
        if (touched) {
            auto points = unpack(block);
            std::erase_if(points, goes);
            if (points.empty()) continue;
            block = pack(points);
        }
        kept.push_back(std::move(block));
    }
    series.blocks = std::move(kept);
    std::erase_if(series.tail, goes);
    series.points = series.tail.size();
    for (const auto& block : series.blocks) series.points += block.count;
}

void HotTable::forget(const SealTask& task, std::uint64_t seq)
{
    const std::scoped_lock lock(mutex_);
    if (task.series >= series_.size()) return;
    auto& series = series_[task.series];
    const auto before = series.points;
    forget(series, task, seq);
    points_ -= before - series.points;
}

std::uint64_t HotTable::oldest_seq(std::uint64_t last_seq) const
{
    const std::scoped_lock lock(mutex_);
    auto oldest = last_seq + 1;
    for (const auto& series : series_) {  // in order of seq within a series
        if (!series.blocks.empty())
            oldest = std::min(oldest, series.blocks.front().first_seq);
        else if (!series.tail.empty())
            oldest = std::min(oldest, series.tail.front().seq);
    }
    return oldest;
}

std::vector<HotTable::Size> HotTable::sizes() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Size> sizes;
    for (std::size_t id = 0; id < series_.size(); ++id)
        if (const auto& series = series_[id]; series.points > 0)
            sizes.push_back(
                {static_cast<SeriesId>(id), series.points,
                 series.blocks.empty() ? series.tail.front().seq : series.blocks.front().first_seq});
    return sizes;
}

std::size_t HotTable::points() const
{
    const std::scoped_lock lock(mutex_);
    return points_;
}

std::vector<SealTask> HotTable::buckets(SeriesId id, std::int64_t width_ms) const
{
    const std::scoped_lock lock(mutex_);
    std::set<std::int64_t> starts;
    const auto add = [&](std::int64_t time_ms) { starts.insert(time_ms / width_ms * width_ms); };
    if (id < series_.size()) {
        for (const auto& block : series_[id].blocks) {
            // One block is rarely wider than two buckets; where it is, its points are asked.
            if (block.most_ms - block.least_ms <= width_ms) {
                add(block.least_ms);
                add(block.most_ms);
                continue;
            }
            for (const auto& hot : unpack(block)) add(hot.point.time_ms);
        }
        for (const auto& hot : series_[id].tail) add(hot.point.time_ms);
    }
    std::vector<SealTask> tasks;
    tasks.reserve(starts.size());
    for (const auto start : starts) tasks.push_back({id, start, start + width_ms});
    return tasks;
}

void HotTable::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    const auto put_right = [&](std::vector<HotPoint>& points) {
        for (auto& [seq, point] : points) {
            if (seq < first || seq > last || (point.flags & flag::unsynchronised) == 0) continue;
            point.time_ms += shift_ms;
            point.flags = static_cast<std::uint8_t>(point.flags & ~flag::unsynchronised);
        }
    };
    const std::scoped_lock lock(mutex_);
    for (auto& series : series_) {
        put_right(series.tail);
        for (auto& block : series.blocks) {
            if (block.last_seq < first || block.first_seq > last) continue;
            auto points = unpack(block);
            put_right(points);
            block = pack(points);
        }
    }
}

}  // namespace tidegate::store
