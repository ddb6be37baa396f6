#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::store {

struct HistoryQuery {
    std::vector<SeriesId> series;
    std::int64_t from_ms = 0;  // inclusive
    std::int64_t to_ms = 0;    // exclusive
    std::size_t points = 500;  // at most so many points a series
};

// One series' answer. Either raw (`v` is filled) or in buckets (`min`, `mean`, `max`, `count` are); t is the
// time of the reading, or the start of the bucket. Buckets without a reading are left out. Booleans count as
// 0 and 1 in buckets; text never has buckets: a range with more than `points` texts gives the last text of
// each bucket, in `v`.
struct SeriesHistory {
    SeriesId series = 0;
    bool raw = true;
    std::vector<std::int64_t> t;
    std::vector<Value> v;
    std::vector<double> min, mean, max;
    std::vector<std::uint64_t> count;
};

struct History {
    std::int64_t resolution_ms = 0;  // width of a bucket; 0 when every series is raw
    std::vector<SeriesHistory> series;
};

}  // namespace tidegate::store
