#include "gateway/rules/alarms.hpp"

#include <algorithm>

namespace tidegate::gateway {

void Alarms::watch(store::SeriesId series, std::size_t rule, store::SeriesId of, Instant now)
{
    const auto [known, fresh] = known_.try_emplace({rule, of}, static_cast<Index>(watches_.size()));
    if (fresh) watches_.push_back(std::make_unique<Watched>(rule, of, AlarmWatch(rules_[rule], now)));
    if (series >= of_series_.size()) of_series_.resize(series + 1);
    auto& watching = of_series_[series];
    if (std::ranges::find(watching, known->second) == watching.end()) watching.push_back(known->second);
    set_timer(known->second);
}

AlarmWatch* Alarms::find(std::size_t rule, store::SeriesId of)
{
    const auto known = known_.find({rule, of});
    return known == known_.end() ? nullptr : &watches_[known->second]->watch;
}

std::optional<store::SeriesId> Alarms::alarm_of(std::size_t rule, store::SeriesId series) const
{
    if (series >= of_series_.size()) return std::nullopt;
    for (const auto index : of_series_[series])
        if (watches_[index]->rule == rule) return watches_[index]->of;
    return std::nullopt;
}

void Alarms::see(store::SeriesId series,
                 const AlarmSample& sample,
                 Instant now,
                 std::vector<AlarmEvent>& events)
{
    if (series >= of_series_.size()) return;
    for (const auto index : of_series_[series]) {
        auto& watched = *watches_[index];
        watched.watch.see(sample, now, changes_);
        take(watched, events);
        touch(index);
        set_timer(index);
    }
}

void Alarms::tick(Instant now, std::vector<AlarmEvent>& events)
{
    while (!timers_.empty() && timers_.top().first <= now.boot_ms) {
        const auto [at, index] = timers_.top();
        timers_.pop();
        auto& watched = *watches_[index];
        if (watched.timer != at) continue;  // an earlier one was set after it
        watched.timer = 0;
        watched.watch.advance(now.boot_ms, now, changes_);
        take(watched, events);
        touch(index);
        set_timer(index);
    }
}

void Alarms::restored()
{
    for (Index index = 0; index < watches_.size(); ++index) set_timer(index);
}

void Alarms::each(
    const std::function<void(std::size_t rule, store::SeriesId of, const AlarmWatch& watch)>& told) const
{
    for (const auto& watched : watches_) told(watched->rule, watched->of, watched->watch);
}

void Alarms::take_states(
    const std::function<void(std::size_t rule, store::SeriesId of, const std::string& state)>& told)
{
    for (const auto index : touched_) {
        auto& watched = *watches_[index];
        watched.touched = false;
        if (const auto state = watched.watch.take_state()) told(watched.rule, watched.of, *state);
    }
    touched_.clear();
}

void Alarms::touch(Index index)
{
    if (std::exchange(watches_[index]->touched, true)) return;
    touched_.push_back(index);
}

// One that is set too early only looks again. So a value that crosses its limit a thousand times while one
// waits sets no thousand timers.
void Alarms::set_timer(Index index)
{
    auto& watched = *watches_[index];
    const auto due = watched.watch.due();
    if (due == 0 || (watched.timer != 0 && watched.timer <= due)) return;
    watched.timer = due;
    timers_.emplace(due, index);
}

void Alarms::take(const Watched& from, std::vector<AlarmEvent>& events)
{
    for (auto& change : changes_) events.push_back({from.rule, from.of, std::move(change)});
    changes_.clear();
}

}  // namespace tidegate::gateway
