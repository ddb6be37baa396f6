#include "store/live_table.hpp"

namespace tidegate::store {

namespace {

constexpr std::int64_t never_stale_before_ms = 30'000;

// A moving mean that follows a change of pace within a few readings and forgives one that is missing.
std::int64_t learned(std::int64_t interval_ms, std::int64_t heard_after_ms)
{
    if (heard_after_ms <= 0) return interval_ms;
    if (interval_ms == 0) return heard_after_ms;
    return interval_ms + (heard_after_ms - interval_ms) / 8;
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
        if (latest.heard_ms != 0) latest.interval_ms = learned(latest.interval_ms, now_ms - latest.heard_ms);
        latest.heard_ms = now_ms;
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
