#include "store/hot.hpp"

#include "store/rollup.hpp"
#include "store/sealed_path.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace tidegate::store {

std::uint64_t HotReadings::bits_of(const Value& value)
{
    if (const auto* number = std::get_if<double>(&value)) return std::bit_cast<std::uint64_t>(*number);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::bit_cast<std::uint64_t>(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
    const auto& text = std::get<std::string>(value);
    const auto known = places_.find(text);
    if (known != places_.end()) return known->second;
    const auto place = texts_.size();
    texts_.push_back(text);
    places_.emplace(texts_.back(), place);
    return place;
}

void HotReadings::give(const Block& block, std::size_t i, Point& point) const
{
    point.time_ms = block.times_ms[i];
    point.flags = block.flags[i];
    const auto bits = block.values[i];
    switch (block.kinds[i]) {
    case 0: point.value = bits != 0; break;
    case 1: point.value = std::bit_cast<std::int64_t>(bits); break;
    case 2: point.value = std::bit_cast<double>(bits); break;
    default: point.value = texts_[bits];
    }
}

void HotReadings::note_day(std::int64_t time_ms)
{
    if (time_ms >= day_from_ms_ && time_ms < day_to_ms_) return;
    const auto day = day_of(time_ms);
    days_.insert(day);
    day_from_ms_ = day * day_ms;
    day_to_ms_ = day_from_ms_ + day_ms;
}

std::uint32_t HotReadings::new_block()
{
    if (blocks_ % slab_size == 0) slabs_.push_back(std::make_unique_for_overwrite<Slab>());
    return blocks_++;
}

void HotReadings::add(const Reading& reading, std::uint64_t seq)
{
    if (reading.series >= series_.size()) series_.resize(reading.series + 1);
    auto& series = series_[reading.series];
    const auto place = series.count++ % block_size;
    if (place == 0) {
        const auto fresh = new_block();
        (series.first == none ? series.first : block(series.last).next) = fresh;
        series.last = fresh;
    }
    auto& last = block(series.last);
    last.times_ms[place] = reading.time_ms;
    last.values[place] = bits_of(reading.value);
    last.kinds[place] = static_cast<std::uint8_t>(reading.value.index());
    last.flags[place] = reading.flags;
    note_day(reading.time_ms);
    if ((reading.flags & flag::unsynchronised) != 0)
        waiting_.push_back({seq, reading.series, reading.time_ms});
    if (points_++ == 0) first_seq_ = seq;
    last_seq_ = seq;
}

void HotReadings::add(std::span<const Reading> readings, std::uint64_t first_seq)
{
    for (const auto& reading : readings) add(reading, first_seq++);
}

void HotReadings::add(std::span<const Record> records)
{
    for (const auto& record : records) add(record.reading, record.seq);
}

template <class Visit>
void HotReadings::each(const Series& series, Visit visit) const
{
    auto left = std::size_t{series.count};
    for (auto at = series.first; left > 0; at = block(at).next) {
        const auto count = std::min(left, block_size);
        for (std::size_t i = 0; i < count; ++i) visit(block(at), i);
        left -= count;
    }
}

void HotReadings::copy(SeriesId id,
                       std::int64_t from_ms,
                       std::int64_t to_ms,
                       std::vector<Point>& points) const
{
    if (id >= series_.size()) return;
    each(series_[id], [&](const Block& block, std::size_t i) {
        const auto time_ms = block.times_ms[i];
        if (time_ms >= from_ms && time_ms < to_ms) give(block, i, points.emplace_back());
    });
}

void HotReadings::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    std::map<SeriesId, std::multiset<std::int64_t>> wrong;  // times as they were stamped
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        const bool goes = waiting.seq >= first && waiting.seq <= last;
        if (goes) wrong[waiting.series].insert(waiting.time_ms);
        return goes;
    });
    bool changed = false;
    for (auto& [id, times] : wrong) {
        auto left = std::size_t{series_[id].count};
        for (auto at = series_[id].first; left > 0; at = block(at).next) {
            auto& points = block(at);
            const auto count = std::min(left, block_size);
            left -= count;
            for (std::size_t i = 0; i < count; ++i) {
                if ((points.flags[i] & flag::unsynchronised) == 0) continue;
                const auto stamped = times.find(points.times_ms[i]);
                if (stamped == times.end()) continue;
                times.erase(stamped);
                points.times_ms[i] += shift_ms;
                points.flags[i] = static_cast<std::uint8_t>(points.flags[i] & ~flag::unsynchronised);
                changed = true;
            }
        }
    }
    if (!changed) return;
    days_.clear();
    day_from_ms_ = day_to_ms_ = 0;
    for (const auto& series : series_)
        each(series, [&](const Block& block, std::size_t i) { note_day(block.times_ms[i]); });
}

void HotTable::add(std::span<const Reading> readings, std::uint64_t first_seq)
{
    const std::scoped_lock lock(mutex_);
    arriving_.add(readings, first_seq);
    tell();
}

void HotTable::add(std::span<const Record> records)
{
    const std::scoped_lock lock(mutex_);
    arriving_.add(records);
    tell();
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

void HotTable::tell() const
{
    if (waited_for_ && arriving_.points() > *waited_for_) many_.notify_one();
}

void HotTable::wait(std::size_t arrived, std::chrono::milliseconds most, const std::stop_token& stop)
{
    std::unique_lock lock(mutex_);
    waited_for_ = arrived;
    many_.wait_for(lock, stop, most, [&] { return arriving_.points() > arrived; });
    waited_for_.reset();
}

void HotTable::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    const std::scoped_lock lock(mutex_);
    arriving_.correct(first, last, shift_ms);
}

}  // namespace tidegate::store
