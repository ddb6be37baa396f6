#include "store/hot.hpp"

#include "store/rollup.hpp"
#include "store/sealed_path.hpp"
#include "store/series_order.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::size_t settled_at_once = 8UL * 1024;  // half a millisecond; they stay in the nearer caches

}  // namespace

HotSeries& HotDay::make(SeriesId id)
{
    if (id >= by_id_.size()) by_id_.resize(id + std::size_t{1});
    ++count_;
    return *(by_id_[id] = std::make_unique<HotSeries>(start_ms_));
}

void HotDay::erase(SeriesId id)
{
    by_id_[id].reset();
    --count_;
}

std::size_t HotDay::bytes() const
{
    return count_ * sizeof(HotSeries) + by_id_.capacity() * sizeof by_id_[0];
}

void HotDay::each(const std::function<void(SeriesId, const HotSeries&)>& visit) const
{
    for (SeriesId id = 0; id < by_id_.size(); ++id)
        if (by_id_[id] != nullptr) visit(id, *by_id_[id]);
}

void HotReadings::put(SeriesId id, std::int64_t time_ms, RawValue value, std::uint8_t flags)
{
    if (last_day_ == nullptr || time_ms < last_from_ms_ || time_ms >= last_to_ms_) {
        const auto day = day_of(time_ms);
        last_from_ms_ = day * day_ms;
        last_to_ms_ = last_from_ms_ + day_ms;
        last_day_ = &days_.try_emplace(day, last_from_ms_).first->second;
    }
    auto* series = last_day_->find(id);
    if (series == nullptr) {
        bytes_ -= last_day_->bytes();
        series = &last_day_->make(id);
        bytes_ += last_day_->bytes();
    }
    bytes_ += static_cast<std::size_t>(series->add(time_ms, value, flags, texts_));
}

void HotReadings::add(const Reading& reading, std::uint64_t seq)
{
    const RawValue value(reading.value, texts_);
    if (value.is_text()) text_bytes_ += sizeof(std::string) + texts_.back().size();
    arrived_.push_back({reading.time_ms, value.bits, value.kind, reading.flags});
    arrived_of_.push_back(reading.series);
    if ((reading.flags & flag::unsynchronised) != 0)
        waiting_.push_back({seq, reading.series, reading.time_ms});
    if (points_++ == 0) first_seq_ = seq;
    last_seq_ = seq;
    if (arrived_.size() >= settled_at_once) settle();
}

void HotReadings::settle()
{
    for (const auto i : order_of(arrived_of_)) {
        const auto& [time_ms, bits, kind, flags] = arrived_[i];
        put(arrived_of_[i], time_ms, RawValue(bits, kind), flags);
    }
    arrived_.clear();
    arrived_of_.clear();
    texts_.clear();
    text_bytes_ = 0;
}

void HotReadings::add(std::span<const Reading* const> readings, std::uint64_t first_seq)
{
    for (const auto* reading : readings) add(*reading, first_seq++);
}

void HotReadings::add(std::span<const Record> records)
{
    for (const auto& record : records) add(record.reading, record.seq);
}

std::set<std::int64_t> HotReadings::days() const
{
    std::set<std::int64_t> days;
    for (const auto& [day, series] : days_)
        if (!series.empty()) days.insert(day);
    return days;
}

void HotReadings::each(std::int64_t day, const std::function<void(SeriesId, const HotSeries&)>& visit) const
{
    const auto found = days_.find(day);
    if (found == days_.end()) return;
    found->second.each(visit);
}

void HotReadings::copy(SeriesId id,
                       std::int64_t from_ms,
                       std::int64_t to_ms,
                       std::vector<HotCopy>& copies) const
{
    if (to_ms <= from_ms) return;
    const auto end = days_.upper_bound(day_of(to_ms - 1));
    for (auto day = days_.lower_bound(day_of(from_ms)); day != end; ++day) {
        const auto* series = day->second.find(id);
        if (series == nullptr) continue;
        if (series->most_ms() >= from_ms && series->least_ms() < to_ms) copies.push_back(series->copy());
    }
}

void HotReadings::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    std::map<SeriesId, std::multiset<std::int64_t>> wrong;  // times as they were stamped
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        const bool goes = waiting.seq >= first && waiting.seq <= last;
        if (goes) wrong[waiting.series].insert(waiting.time_ms);
        return goes;
    });
    for (auto& [id, times] : wrong) correct(id, std::move(times), shift_ms);
}

// They may be of another day then: the series is taken out of the days that it was in, and put in again.
void HotReadings::correct(SeriesId id, std::multiset<std::int64_t> times, std::int64_t shift_ms)
{
    const auto from_ms = *times.begin(), to_ms = *times.rbegin() + 1;
    std::vector<HotCopy> copies;
    for (auto day = days_.lower_bound(day_of(from_ms)); day != days_.end() && day->first <= day_of(to_ms - 1);
         ++day) {
        const auto* series = day->second.find(id);
        if (series == nullptr) continue;
        copies.push_back(series->copy());
        bytes_ -= series->bytes() + day->second.bytes();
        day->second.erase(id);
        bytes_ += day->second.bytes();
    }
    std::vector<Point> points;
    for (const auto& copy : copies)
        copy.give(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), points);
    for (auto& point : points) {
        const auto stamped = times.find(point.time_ms);
        if ((point.flags & flag::unsynchronised) != 0 && stamped != times.end()) {
            times.erase(stamped);
            point.time_ms += shift_ms;
            point.flags = static_cast<std::uint8_t>(point.flags & ~flag::unsynchronised);
        }
        put(id, point.time_ms, RawValue(point.value, texts_), point.flags);
    }
    texts_.clear();
}

void HotTable::add(std::span<const Reading* const> readings, std::uint64_t first_seq)
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
        arriving_.settle();
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
    std::array<std::vector<HotCopy>, 2> copies;
    {
        const std::scoped_lock lock(mutex_);
        if (round_) {
            parts[0].last_seq = round_->last_seq();
            round_->copy(series, from_ms, to_ms, copies[0]);
        }
        arriving_.settle();
        parts[1].last_seq = arriving_.last_seq();
        arriving_.copy(series, from_ms, to_ms, copies[1]);
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
        for (const auto& copy : copies[i]) copy.give(from_ms, to_ms, parts[i].points);
    return parts;
}

std::set<std::int64_t> HotTable::days() const
{
    const std::scoped_lock lock(mutex_);
    arriving_.settle();
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

bool HotTable::pressed(std::size_t readings) const
{
    return arriving_.points() > readings || arriving_.bytes() > most_bytes;
}

bool HotTable::is_pressed(std::size_t readings) const
{
    const std::scoped_lock lock(mutex_);
    return pressed(readings);
}

void HotTable::tell() const
{
    if (waited_for_ && pressed(*waited_for_)) pressed_.notify_one();
}

void HotTable::wait_pressed(std::size_t readings, std::chrono::milliseconds most, const std::stop_token& stop)
{
    std::unique_lock lock(mutex_);
    waited_for_ = readings;
    pressed_.wait_for(lock, stop, most, [&] { return pressed(readings); });
    waited_for_.reset();
}

void HotTable::correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms)
{
    const std::scoped_lock lock(mutex_);
    arriving_.settle();
    arriving_.correct(first, last, shift_ms);
}

}  // namespace tidegate::store
