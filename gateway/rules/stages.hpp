#pragma once

#include "gateway/rules/change_filter.hpp"
#include "gateway/rules/derived_series.hpp"
#include "gateway/rules/outcome.hpp"
#include "gateway/rules/rule_set.hpp"
#include "gateway/rules/state_log.hpp"
#include "gateway/rules/summaries.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>

namespace tidegate::gateway {

// What rules do between decoding and the store, one stage after the other: deadband and on-change, then the
// rate by summary. What they know over a kill is in the state log, in step with the batches. Used by the
// pipeline's thread.
class Stages {
public:
    // `most_series`: of devices and made here together.
    Stages(store::SeriesTable& series, std::size_t most_series, StateLogOptions log);

    // What becomes of a reading, by the settings of its series. An event is never left out or folded.
    void take(store::Reading reading, const Settings& settings, bool event, Outcome& outcome);

    std::int64_t next_due_ms() const { return summaries_.next_due_ms(); }  // boot clock
    void close_due(Outcome& outcome);                                      // some of it, where it is much

    // Before the batch is appended: its position, and what the stages know behind it.
    void seal(store::Batch& batch, const store::IntakePosition& position);
    void seal_timed(store::Batch& batch) { seal(batch, log_.next_position()); }  // of no message
    std::uint64_t timer_ring() const { return log_.id(); }                       // that such positions are in

private:
    StateLog log_;
    DerivedSeries derived_;
    ChangeFilter changes_;
    Summaries summaries_;
};

}  // namespace tidegate::gateway
