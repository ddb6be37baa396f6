#include "store/hot.hpp"

#include "store/chunk_codec.hpp"
#include "store/sealed_path.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>

namespace tidegate::store {

HotReadings::Block HotReadings::pack(std::span<const Point> points)
{
    Block block{points.front().time_ms, points.front().time_ms, points.size(), {}};
    for (const auto& point : points) {
        block.least_ms = std::min(block.least_ms, point.time_ms);
        block.most_ms = std::max(block.most_ms, point.time_ms);
    }
    ChunkEncoder(block.least_ms).add(points, block.bytes);
    block.bytes.shrink_to_fit();
    return block;
}

std::vector<Point> HotReadings::unpack(const Block& block)
{
    std::vector<Point> points;
    points.reserve(block.count);
    [[maybe_unused]] const auto decoded = decode_chunk(block.bytes, block.least_ms, block.count, points);
    assert(decoded && points.size() == block.count);
    return points;
}

void HotReadings::add(std::span<const Record> records)
{
    if (records.empty()) return;
    if (points_ == 0) first_seq_ = records.front().seq;
    last_seq_ = records.back().seq;
    for (const auto& record : records) {
        const auto& reading = record.reading;
        if (reading.series >= series_.size()) series_.resize(reading.series + 1);
        auto& series = series_[reading.series];
        if ((reading.flags & flag::unsynchronised) != 0)
            waiting_.push_back({record.seq, reading.series, reading.time_ms});
        series.tail.push_back({reading.time_ms, reading.value, reading.flags});
        if (series.tail.size() < block_points) continue;
        series.blocks.push_back(pack(series.tail));
        series.tail.clear();
    }
    points_ += records.size();
}

std::set<std::int64_t> HotReadings::days() const
{
    std::set<std::int64_t> days;
    const auto take = [&](std::span<const Point> points) {
        for (const auto& point : points) days.insert(day_of(point.time_ms));
    };
    for (const auto& series : series_) {
        for (const auto& block : series.blocks) {
            const auto first = day_of(block.least_ms);
            if (first == day_of(block.most_ms))
                days.insert(first);
            else
                take(unpack(block));
        }
        take(series.tail);
    }
    return days;
}

void HotReadings::copy(SeriesId id,
                       std::int64_t from_ms,
                       std::int64_t to_ms,
                       std::vector<Point>& points) const
{
    if (id >= series_.size()) return;
    const auto take = [&](std::span<const Point> found) {
        for (const auto& point : found)
            if (point.time_ms >= from_ms && point.time_ms < to_ms) points.push_back(point);
    };
    for (const auto& block : series_[id].blocks)
        if (block.most_ms >= from_ms && block.least_ms < to_ms) take(unpack(block));
    take(series_[id].tail);
}

void HotReadings::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    std::map<SeriesId, std::multiset<std::int64_t>> wrong;  // times as they were stamped
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        const bool goes = waiting.seq >= first && waiting.seq <= last;
        if (goes) wrong[waiting.series].insert(waiting.time_ms);
        return goes;
    });
    for (auto& [id, times] : wrong) {
        const auto put_right = [&, &stamped = times](Point& point) {
            if ((point.flags & flag::unsynchronised) == 0) return false;
            const auto found = stamped.find(point.time_ms);
            if (found == stamped.end()) return false;
            stamped.erase(found);
            point.time_ms += shift_ms;
            point.flags = static_cast<std::uint8_t>(point.flags & ~flag::unsynchronised);
            return true;
        };
        auto& series = series_[id];
        for (auto& block : series.blocks) {
            auto points = unpack(block);
            std::size_t changed = 0;
            for (auto& point : points) changed += put_right(point) ? 1 : 0;
            if (changed > 0) block = pack(points);
        }
        for (auto& point : series.tail) put_right(point);
    }
}

void HotTable::add(std::span<const Record> records)
{
    const std::scoped_lock lock(mutex_);
    arriving_.add(records);
}

const HotReadings* HotTable::freeze()
{
    const std::scoped_lock lock(mutex_);
    if (!round_ && arriving_.points() > 0) {
        round_.emplace(std::move(arriving_));
        arriving_ = {};
    }
    return round_ ? &*round_ : nullptr;
}

const HotReadings* HotTable::round() const
{
    const std::scoped_lock lock(mutex_);
    return round_ ? &*round_ : nullptr;
}

void HotTable::drop_round()
{
    std::optional<HotReadings> dropped;  // freed after the lock
    const std::scoped_lock lock(mutex_);
    dropped.swap(round_);
}

std::array<HotPart, 2> HotTable::copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms) const
{
    std::array<HotPart, 2> parts;
    const std::scoped_lock lock(mutex_);
    if (round_) {
        parts[0].last_seq = round_->last_seq();
        round_->copy(series, from_ms, to_ms, parts[0].points);
    }
    parts[1].last_seq = arriving_.last_seq();
    arriving_.copy(series, from_ms, to_ms, parts[1].points);
    return parts;
}

std::set<std::int64_t> HotTable::days() const
{
    const std::scoped_lock lock(mutex_);
    auto days = arriving_.days();
    if (round_) days.merge(round_->days());
    return days;
}

std::uint64_t HotTable::oldest_seq(std::uint64_t last_seq) const
{
    const std::scoped_lock lock(mutex_);
    if (round_) return round_->first_seq();
    return arriving_.points() > 0 ? arriving_.first_seq() : last_seq + 1;
}

std::size_t HotTable::points() const
{
    const std::scoped_lock lock(mutex_);
    return arriving_.points() + (round_ ? round_->points() : 0);
}

std::size_t HotTable::arrived() const
{
    const std::scoped_lock lock(mutex_);
    return arriving_.points();
}

void HotTable::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    const std::scoped_lock lock(mutex_);
    arriving_.correct(first, last, shift_ms);
}

}  // namespace tidegate::store
