#pragma once

#include "gateway/rules/derived_series.hpp"
#include "gateway/rules/outcome.hpp"
#include "gateway/rules/state_log.hpp"
#include "gateway/rules/summary.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidegate::gateway {

// Rate limit by summary: of the readings of a series in an interval the first goes on, the others are folded,
// and when the interval ends the extremes and the last are stored with their own times, and the count and the
// mean of all as series of their own ("/temperature@summary/mean"), at the time of the first.
//
// A reading's own time says which interval it is in; a reading of another one ends the one that is open. With
// no further reading it ends when it has lasted, by the boot clock, since its first reading came: so what a
// device sends late, or a clock that is set, neither ends it early nor keeps it open.
//
// What is held back is counted as read when it is decided what becomes of it, at the end of the interval at
// the latest; so the books hold after each batch. Open summaries are in the state log: call save() before
// each seal(). Used by the pipeline's thread.
class Summaries {
public:
    static constexpr std::size_t most_at_once = 2000;  // that close_due() ends

    // Goes on with what the log gives back. `now_ms` here and below: boot clock.
    Summaries(store::SeriesTable& series, DerivedSeries& derived, StateLog& log, std::int64_t now_ms);

    // Whether the reading goes on; otherwise it is folded, and shown.
    bool take(const store::Reading& reading,
              std::chrono::milliseconds rate,
              std::int64_t now_ms,
              Outcome& outcome);

    std::int64_t next_due_ms() const;  // boot clock; far in the future where none is open
    void close_due(std::int64_t now_ms, Outcome& outcome);
    void save();

    std::size_t open() const { return open_.size(); }

private:
    struct Open {
        Summary summary;
        std::int64_t due_ms;
        bool changed = true;
    };
    using Place = std::unordered_map<store::SeriesId, Open>::iterator;

    void begin(store::SeriesId series, Summary summary, std::int64_t due_ms);
    void close(Place place, Outcome& outcome);
    void store_derived(store::SeriesId series, const Summary& summary, Outcome& outcome);
    void mark(store::SeriesId series, Open& open);

    store::SeriesTable& series_;
    DerivedSeries& derived_;
    StateLog& log_;
    std::unordered_map<store::SeriesId, Open> open_;
    std::set<std::pair<std::int64_t, store::SeriesId>> due_;
    std::vector<store::SeriesId> changed_;
    std::int64_t refusal_logged_ms_ = 0;
};

}  // namespace tidegate::gateway
