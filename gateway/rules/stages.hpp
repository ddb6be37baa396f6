#pragma once

#include "gateway/rules/alarm_stage.hpp"
#include "gateway/rules/change_filter.hpp"
#include "gateway/rules/derived_series.hpp"
#include "gateway/rules/outcome.hpp"
#include "gateway/rules/rule_set.hpp"
#include "gateway/rules/state_log.hpp"
#include "gateway/rules/summaries.hpp"
#include "gateway/rules/window_stage.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace tidegate::gateway {

enum class Manner : std::uint8_t {
    usual,
    event,    // never left out nor folded
    thinned,  // left out now, because the gateway is under pressure; windows see it
};

struct Arrival {
    Manner manner = Manner::usual;
    std::int64_t arrived_ms = 0;  // wall clock
};

struct StageOptions {
    std::size_t series = 0;  // that may exist: of devices and made here together
    StateLogOptions log;
    std::vector<AlarmSetting> alarms{};
    store::AlarmBook* alarm_book = nullptr;  // outlives the stages; none: there are no alarms
};

// What rules do between decoding and the store, one stage after the other: windows and alarms see every
// reading; then deadband and on-change; then the rate by summary. What they know over a kill is in the state
// log, in step with the batches. Used by the pipeline's thread, but for windows().
class Stages {
public:
    // `rules` may change between two batches.
    Stages(store::Store& store, RuleSet& rules, StageOptions options);

    // Once, before the first batch. True: it is to be sealed and appended, whatever is in it.
    bool begin(Outcome& outcome, const std::stop_token& stop) { return windows_.begin(outcome.batch, stop); }

    void allow(std::size_t series) { derived_.allow(series); }  // that may exist from now on

    void use(const std::vector<AlarmSetting>& alarms);  // from now on, between two batches

    void look();                                                          // before the messages of a batch
    void fetch(store::SeriesId series) const { changes_.fetch(series); }  // ahead of take()
    void caught_up();  // what waited in the rings at the start was taken

    // What becomes of a reading, by the settings of its series.
    void take(store::Reading reading, const Settings& settings, const Arrival& arrival, Outcome& outcome);

    // Behind the messages of a batch, also if there were none: what ends by the clock. `passed_ms`:
    // everything that arrived before was taken (wall clock).
    void finish(std::int64_t passed_ms, Outcome& outcome);
    std::int64_t next_due_ms() const { return summaries_.next_due_ms(); }  // boot clock

    void described(store::SeriesId series);  // known otherwise than before

    // Before the batch is appended: its position, and what the stages know behind it.
    void seal(store::Batch& batch, const store::IntakePosition& position);
    void seal_timed(store::Batch& batch) { seal(batch, log_.next_position()); }  // of no message
    std::uint64_t timer_ring() const { return log_.id(); }                       // that such positions are in

    void keep() { log_.keep(); }  // at the end, over a reboot

    WindowStage::Counts windows() const { return windows_.counts(); }  // any thread

private:
    std::optional<store::Suppress> why_left_out(const store::Reading& reading,
                                                const Settings& settings,
                                                Manner manner);

    StateLog log_;
    DerivedSeries derived_;
    WindowStage windows_;
    std::optional<AlarmStage> alarms_;
    ChangeFilter changes_;
    Summaries summaries_;
};

}  // namespace tidegate::gateway
