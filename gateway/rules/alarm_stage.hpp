#pragma once

#include "base/clock.hpp"
#include "gateway/rules/alarm_setting.hpp"
#include "gateway/rules/alarms.hpp"
#include "gateway/rules/derived_series.hpp"
#include "gateway/rules/matcher.hpp"
#include "gateway/rules/state_log.hpp"
#include "store/alarm_book.hpp"
#include "store/live_table.hpp"
#include "store/series_table.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::gateway {

// The alarms as a stage of the pipeline: sees every reading, writes what is raised and cleared into the book,
// and adds a reading to a series of its own for each (`FIELD@alarm/NAME`, true or false), so that it is in
// history and goes upstream.
//
// Over a kill: what an alarm waits for is in the state log, in step with the store; readings that come again
// from the ring raise and clear the same alarms, which the book knows by rule, series and since when
// (docs/decisions/0021). One thread.
class AlarmStage {
public:
    // All of them outlive it. `state` may be none: then only alarms that are on outlive the process.
    struct Around {
        store::SeriesTable& series;
        const store::LiveTable& live;
        store::AlarmBook& book;
        StateLog* state = nullptr;
    };
    AlarmStage(std::vector<AlarmSetting> settings,
               Around around,
               DerivedSeries& making,
               ClockSource clock = {});

    void begin();  // of a batch: what comes is seen as of now

    // A reading as it will be stored, of a message that came at `arrived_ms`. A retained one says nothing of
    // now: it is left out.
    void see(const store::Reading& reading, std::int64_t arrived_ms);

    // From now on these, between two batches. An alarm of a rule that is as it was notices nothing; one of a
    // rule that is another now is as before until the next reading says otherwise; one that no rule asks for
    // any more is cleared.
    void use(const std::vector<AlarmSetting>& settings);

    // Something else is known of a series now.
    void described(store::SeriesId series);

    // At the end of each batch, and at least once a second: takes in that time has passed, writes the book,
    // adds readings to the batch and counts them. What is waited for is not looked at before caught_up().
    void finish(store::Batch& batch);

    // Once all that was in the rings at the start was seen.
    void caught_up();

private:
    Instant now();
    void match_new(store::SeriesId last);
    void match(const store::Series& series);
    store::SeriesId alarm_of(std::size_t rule, const store::Series& series);
    void restore_states();
    void restore_from_book();
    void go_on_from(const Alarms& before);
    void compare_with_book();
    void end_all_unasked();
    void end_unasked(store::Alarm alarm);
    void enter_missing();
    std::optional<std::size_t> rule_of(const store::Alarm& alarm);
    void record(const AlarmEvent& event);
    store::Alarm described_alarm(const AlarmEvent& event) const;
    void add_reading(
        std::size_t rule, store::SeriesId of, bool on, std::int64_t time_ms, bool unsynchronised);
    store::SeriesId derived_series(std::size_t rule, store::SeriesId of);
    StateKey key_of(std::size_t rule, store::SeriesId of) const;
    void keep_states();

    Matcher matcher_;
    Alarms alarms_;
    Around around_;
    DerivedSeries& making_;
    ClockSource clock_;
    bool synchronised_ = false;  // the clock was set once: it is not asked again
    Instant now_;
    std::int64_t started_ms_;
    store::SeriesId matched_ = 0;                                             // series up to this id
    std::map<std::pair<std::size_t, std::string>, store::SeriesId> devices_;  // of "stale": whose alarm
    std::map<std::pair<std::size_t, store::SeriesId>, store::SeriesId> derived_;
    std::vector<AlarmEvent> events_;
    std::vector<store::Alarm> changed_;
    std::vector<store::Reading> readings_;
    bool caught_up_ = false;
};

}  // namespace tidegate::gateway
