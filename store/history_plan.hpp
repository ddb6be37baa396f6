#pragma once

#include "store/history.hpp"
#include "store/sealed_path.hpp"

#include <cstdint>

namespace tidegate::store {

// How a query is answered where a series has more readings than fit: from which tier, in which buckets.
struct HistoryPlan {
    Tier tier = Tier::readings;
    std::int64_t start_ms = 0;  // of the first bucket: `from`, or the whole minute or hour that it lies in
    std::int64_t end_ms = 0;    // exclusive; `to`, or the next whole minute or hour
    std::int64_t width_ms = 1;  // of a bucket: whole minutes, or whole hours
};

// The coarsest tier that still has an entry for every second point asked for: a chart gets at least half of
// the detail that it can show, and what is decoded for it stays small: at most 30 entries a point, which is
// where hours take over from minutes.
HistoryPlan plan(const HistoryQuery& query);

}  // namespace tidegate::store
