#include "store/live_table.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::int64_t never_stale_before_ms = 30'000;

// What comes within this time is one word of a device, though it be several messages.
constexpr std::int64_t one_word_ms = 300;

// A series that is back after a restart or a long silence may bring a backlog with it: what the broker kept
// comes at once, and the time between is that of the line and not of the device.
constexpr std::int64_t backlog_ms = 10'000;

constexpr std::int64_t away_after = 4;  // intervals

// The pause that is usual rather than the mean one: up a quarter of the way, down a sixteenth, so that a
// device whose every fifth message is another one is not late each time. It follows a change of pace and
// forgives a reading that is missing. One silence counts for so much at most: a night without the device must
// not make hours of its seconds.
std::int64_t learned(std::int64_t interval_ms, std::int64_t gap_ms)
{
    if (gap_ms < interval_ms) return interval_ms - (interval_ms - gap_ms) / 16;
    return interval_ms + (std::min(gap_ms, away_after * interval_ms) - interval_ms) / 4;
}

// That `latest` is heard live at this moment.
void hear(Latest& latest, std::int64_t now_ms)
{
    const auto gap_ms = now_ms - latest.counted_ms;
    const bool first = latest.counted_ms == 0 || gap_ms < 0;  // or the clock was set back
    latest.heard_ms = now_ms;
    if (!first && gap_ms < one_word_ms) return;
    const auto interval_ms = latest.interval_ms;
    const bool was_away =
        interval_ms != 0 && gap_ms > std::max(away_after * interval_ms, never_stale_before_ms);
    const bool settled = latest.counted_ms > latest.settled_ms;
    if (!first && interval_ms == 0 && settled) latest.interval_ms = gap_ms;
    if (!first && interval_ms != 0 && (settled || gap_ms > interval_ms))
        latest.interval_ms = learned(interval_ms, gap_ms);
    latest.counted_ms = now_ms;
    if (first || was_away) latest.settled_ms = now_ms + backlog_ms;
}

constexpr std::size_t fetched_ahead = 12;  // readings: memory is asked for so long before it is needed

void fetch(const Latest& latest)
{
    __builtin_prefetch(&latest, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(&latest) + sizeof latest - 1, 1);
}

}  // namespace

Freshness freshness(const Latest& latest, std::int64_t now_ms)
{
    if (latest.heard_ms == 0) return Freshness::never;
    const auto age = now_ms - latest.heard_ms;
    if (latest.interval_ms == 0)
        return age > 10 * never_stale_before_ms ? Freshness::stale : Freshness::fresh;
    if (age > 4 * latest.interval_ms && age > never_stale_before_ms) return Freshness::stale;
    // A second of grace, so that a fast series is not late for a pause that nobody would see.
    if (2 * age > 3 * latest.interval_ms && age > latest.interval_ms + 1000) return Freshness::late;
    return Freshness::fresh;
}

Latest& LiveTable::entry(SeriesId series)
{
    if (series >= latest_.size()) latest_.resize(series + 1);
    latest_[series].series = series;
    return latest_[series];
}

void LiveTable::update(std::span<const Reading> readings, std::int64_t now_ms)
{
    if (readings.empty()) return;
    const std::scoped_lock lock(mutex_);
    ++version_;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const auto& reading = readings[i];
        const auto ahead = i + fetched_ahead < readings.size() ? readings[i + fetched_ahead].series : 0;
        if (ahead < latest_.size()) fetch(latest_[ahead]);
        auto& latest = entry(reading.series);
        if (latest.changed == 0 || latest.value != reading.value) latest.changed = version_;
        latest.value = reading.value;
        latest.time_ms = reading.time_ms;
        latest.flags = reading.flags;
        latest.heard = version_;
        if ((reading.flags & flag::retained) != 0) continue;
        hear(latest, now_ms);
    }
}

void LiveTable::restore(std::span<const Reading> readings)
{
    const std::scoped_lock lock(mutex_);
    ++version_;
    for (const auto& reading : readings) {
        auto& latest = entry(reading.series);
        latest.value = reading.value;
        latest.time_ms = reading.time_ms;
        latest.flags = reading.flags;
        latest.heard = latest.changed = version_;
    }
}

void LiveTable::know(std::span<const Interval> intervals)
{
    const std::scoped_lock lock(mutex_);
    for (const auto& known : intervals) entry(known.series).interval_ms = known.interval_ms;
}

std::vector<Interval> LiveTable::intervals() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Interval> known;
    for (const auto& latest : latest_)
        if (latest.interval_ms != 0) known.push_back({latest.series, latest.interval_ms});
    return known;
}

Version LiveTable::version() const
{
    const std::scoped_lock lock(mutex_);
    return version_;
}

std::vector<Latest> LiveTable::heard_since(Version since) const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Latest> found;
    for (const auto& latest : latest_)
        if (latest.heard > since) found.push_back(latest);
    return found;
}

Latest LiveTable::get(SeriesId series) const
{
    const std::scoped_lock lock(mutex_);
    if (series >= latest_.size()) return {};
    return latest_[series];
}

}  // namespace tidegate::store
