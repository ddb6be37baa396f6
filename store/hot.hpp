#pragma once

#include "store/reading.hpp"

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::store {

struct HotPoint {
    std::uint64_t seq = 0;
    Point point;
};

// A stretch of one series that is to be sealed.
struct SealTask {
    SeriesId series = 0;
    std::int64_t from_ms = 0;  // inclusive: the bucket
    std::int64_t to_ms = 0;    // exclusive
};

// What is committed to the log and not sealed yet, by series, in memory: queries and sealing read it here.
// The writer adds, the sealer takes away, queries copy; one lock, held for a copy.
class HotTable {
public:
    void add(std::span<const Record> records);

    // The points of a series with from <= time < to, in order of arrival.
    std::vector<HotPoint> copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms) const;

    // Takes away the points of `task` up to and including `seq`: they are sealed.
    void forget(const SealTask& task, std::uint64_t seq);

    // Everything before this seq is sealed: the log need not keep it. `last_seq` + 1 when nothing is hot.
    std::uint64_t oldest_seq(std::uint64_t last_seq) const;

    struct Size {
        SeriesId series;
        std::size_t points;
        std::uint64_t oldest_seq;
    };
    std::vector<Size> sizes() const;  // series that have any
    std::size_t points() const;

    // The buckets of `width_ms` that may hold points of the series, oldest first.
    std::vector<SealTask> buckets(SeriesId series, std::int64_t width_ms) const;

    // Points with first <= seq <= last that were stamped before the clock was set are `shift_ms` early. They
    // lose the flag.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

private:
    // Points are kept as they came until there is a block of them; then they are coded, at 2 to 3 bytes each.
    struct Block {
        std::uint64_t first_seq = 0, last_seq = 0;
        std::int64_t least_ms = 0, most_ms = 0;
        std::size_t count = 0;
        std::string bytes;
    };
    struct Series {
        std::vector<Block> blocks;  // in order of arrival
        std::vector<HotPoint> tail;
        std::size_t points = 0;
    };

    static Block pack(std::span<const HotPoint> points);
    static std::vector<HotPoint> unpack(const Block& block);
    static void forget(Series& series, const SealTask& task, std::uint64_t seq);

    mutable std::mutex mutex_;
    std::vector<Series> series_;  // by id
    std::size_t points_ = 0;
};

}  // namespace tidegate::store
