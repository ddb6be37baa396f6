#pragma once

#include "store/reading.hpp"

#include <mutex>
#include <span>
#include <vector>

namespace tidegate::store {

// Counts the updates of the live table. A client that was told everything up to version v needs what is
// newer, no more.
using Version = std::uint64_t;

struct Latest {
    SeriesId series = 0;
    Value value;
    std::int64_t time_ms = 0;  // of the value
    std::int64_t heard_ms =
        0;  // wall clock when the series was last heard live; 0: only retained or restored
    std::int64_t interval_ms = 0;  // learned time between readings; 0: not known yet
    std::int64_t counted_ms = 0;   // wall clock when what was heard last began; 0: nothing was
    std::int64_t settled_ms = 0;   // what began before may be a backlog, which teaches nothing
    Version heard = 0;             // version at which it was last heard
    Version changed = 0;           // version at which the value last changed
    std::uint8_t flags = 0;
};

// What was learned of a series, to outlive a restart.
struct Interval {
    SeriesId series = 0;
    std::int64_t interval_ms = 0;
};

enum class Freshness : std::uint8_t { fresh = 0, late = 1, stale = 2, never = 3 };

// fresh up to 1.5 of the learned interval, late up to 4 of it, never stale before 30 s.
Freshness freshness(const Latest& latest, std::int64_t now_ms);

// The latest value of every series and the version at which it came. Written by the pipeline thread, read by
// the web thread: one lock, held for a copy. Keeps no history and no queue, so a slow reader costs nothing.
class LiveTable {
public:
    LiveTable() = default;

    // Takes in readings in the order of their arrival, as one version. `now_ms`: wall clock.
    void update(std::span<const Reading> readings, std::int64_t now_ms);

    // Puts back what the store knew before a restart: values without freshness.
    void restore(std::span<const Reading> readings);

    // Likewise what was learned; before the first update. Of a series that has no value it is kept until one
    // comes.
    void know(std::span<const Interval> intervals);
    std::vector<Interval> intervals() const;  // that are known, in order of id

    Version version() const;

    // What was heard after `since`, in order of id. 0 gives everything that has a value.
    std::vector<Latest> heard_since(Version since) const;

    // Every series that has a value, in order of id.
    std::vector<Latest> all() const { return heard_since(0); }

    // The value of one series; `series == 0` in the answer when it has none.
    Latest get(SeriesId series) const;

private:
    Latest& entry(SeriesId series);

    mutable std::mutex mutex_;
    std::vector<Latest> latest_;  // by id
    Version version_ = 0;
};

}  // namespace tidegate::store
