#pragma once

#include "gateway/rules/alarm_rule.hpp"
#include "gateway/rules/alarm_watch.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::gateway {

struct AlarmEvent {
    std::size_t rule = 0;        // its place
    store::SeriesId series = 0;  // that the alarm is of
    AlarmChange change;
};

// All alarms: rules over the series that somebody has matched them with. A reading costs what the rules of
// its series cost, however many there are; a tick costs what is due. Pure but for its memory: knows no tables
// and no clock. One thread.
class Alarms {
public:
    explicit Alarms(std::vector<AlarmRule> rules) : rules_(std::move(rules)) {}
    Alarms(const Alarms&) = delete;  // its watches refer to its rules
    Alarms& operator=(const Alarms&) = delete;
    Alarms(Alarms&&) = default;
    Alarms& operator=(Alarms&&) = default;

    const std::vector<AlarmRule>& rules() const { return rules_; }

    // From now on the readings of `series` are looked at by the rule, for the alarm of `of`: of the series
    // itself, or of the first of its device. Once for each.
    void watch(store::SeriesId series, std::size_t rule, store::SeriesId of, Instant now);
    AlarmWatch* find(std::size_t rule, store::SeriesId of);

    // Whose alarm of the rule the readings of `series` are looked at for; none: they are not.
    std::optional<store::SeriesId> alarm_of(std::size_t rule, store::SeriesId series) const;

    void see(store::SeriesId series, const AlarmSample& sample, Instant now, std::vector<AlarmEvent>& events);
    void tick(Instant now, std::vector<AlarmEvent>& events);
    void restored();  // watches were restored: when they are due is looked up anew

    void each(
        const std::function<void(std::size_t rule, store::SeriesId of, const AlarmWatch& watch)>& told) const;

    // Those that may have changed since this was last called.
    void take_states(
        const std::function<void(std::size_t rule, store::SeriesId of, const std::string& state)>& told);

private:
    struct Watched {
        std::size_t rule;
        store::SeriesId of;
        AlarmWatch watch;
        std::int64_t timer = 0;  // boot clock, of the earliest that is set; 0: none
        bool touched = false;
    };
    using Index = std::uint32_t;
    using Timer = std::pair<std::int64_t, Index>;

    void touch(Index index);
    void set_timer(Index index);
    void take(const Watched& from, std::vector<AlarmEvent>& events);

    std::vector<AlarmRule> rules_;
    std::vector<std::unique_ptr<Watched>> watches_;
    std::map<std::pair<std::size_t, store::SeriesId>, Index> known_;
    std::vector<std::vector<Index>> of_series_;  // by id
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::vector<Index> touched_;
    std::vector<AlarmChange> changes_;
};

}  // namespace tidegate::gateway
