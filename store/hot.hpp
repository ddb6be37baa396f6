#pragma once

#include "store/reading.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tidegate::store {

// Readings of a stretch of the log, by series, in memory. Points are kept as they came until there is a block
// of them; then they are coded, at 1 to 3 bytes each.
class HotReadings {
public:
    void add(std::span<const Record> records);

    std::size_t points() const { return points_; }
    std::uint64_t first_seq() const { return first_seq_; }  // of the readings in it, when there are any
    std::uint64_t last_seq() const { return last_seq_; }
    SeriesId last_series() const { return series_.empty() ? 0 : static_cast<SeriesId>(series_.size() - 1); }
    std::set<std::int64_t> days() const;  // UTC days since the epoch that have a reading

    // Appends the points of a series with from <= time < to, in order of arrival.
    void copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms, std::vector<Point>& points) const;

    // Points with first <= seq <= last that were stamped before the clock was set are `shift_ms` early. They
    // lose the flag.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

private:
    struct Block {
        std::int64_t least_ms = 0, most_ms = 0;
        std::size_t count = 0;
        std::string bytes;
    };
    struct Series {
        std::vector<Block> blocks;  // in order of arrival
        std::vector<Point> tail;
    };

    static Block pack(std::span<const Point> points);
    static std::vector<Point> unpack(const Block& block);

    std::vector<Series> series_;  // by id
    std::size_t points_ = 0;
    std::uint64_t first_seq_ = 0, last_seq_ = 0;

    struct Waiting {  // a point that was stamped before the clock was set, as it was stamped
        std::uint64_t seq;
        SeriesId series;
        std::int64_t time_ms;
    };
    std::vector<Waiting> waiting_;
};

// A series' points in one of the two halves of the hot table.
struct HotPart {
    std::uint64_t last_seq = 0;  // of the half: a file that is sealed through it holds all of these points
    std::vector<Point> points;   // in order of arrival
};

// What is committed to the log and not sealed yet: queries and sealing read it here. Two halves: the readings
// that arrive, and the round that is being sealed, which nobody changes any more. The writer adds, the sealer
// freezes and drops, queries copy; one lock, held for a copy.
class HotTable {
public:
    void add(std::span<const Record> records);

    // Makes what has arrived the round to be sealed; the one that is being sealed already stays the round.
    // Nullptr: there is nothing to seal. Valid until drop_round(); for the sealer's thread alone.
    const HotReadings* freeze();
    const HotReadings* round() const;
    void drop_round();

    // What is being sealed stays as it is.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

    std::array<HotPart, 2> copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms) const;
    std::set<std::int64_t> days() const;  // of both halves

    // Everything before this seq is sealed: the log need not keep it. `last_seq` + 1 when nothing is hot.
    std::uint64_t oldest_seq(std::uint64_t last_seq) const;
    std::size_t points() const;   // in both halves
    std::size_t arrived() const;  // since the last freeze

private:
    mutable std::mutex mutex_;
    HotReadings arriving_;
    std::optional<HotReadings> round_;
};

}  // namespace tidegate::store
