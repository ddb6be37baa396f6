#pragma once

#include "store/reading.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::store {

// Readings of a stretch of the log, by series, in memory: 18 bytes a point and the text of texts, each once.
class HotReadings {
public:
    void add(std::span<const Reading> readings, std::uint64_t first_seq);  // their seqs follow one another
    void add(std::span<const Record> records);                             // seqs rising

    std::size_t points() const { return points_; }
    std::uint64_t first_seq() const { return first_seq_; }  // of the readings in it, when there are any
    std::uint64_t last_seq() const { return last_seq_; }
    SeriesId last_series() const { return series_.empty() ? 0 : static_cast<SeriesId>(series_.size() - 1); }
    const std::set<std::int64_t>& days() const { return days_; }  // UTC, since the epoch; with a reading

    // Appends the points of a series with from <= time < to, in order of arrival.
    void copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms, std::vector<Point>& points) const;

    // Points with first <= seq <= last that were stamped before the clock was set are `shift_ms` early. They
    // lose the flag.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

private:
    // So few points a block that a series which says little takes little; blocks come from slabs, so that a
    // million points are not a million pieces of the heap.
    static constexpr std::size_t block_size = 16, slab_size = 256;
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    struct Block {
        std::array<std::int64_t, block_size> times_ms;
        std::array<std::uint64_t, block_size> values;  // the bits of the value; of a text, its place
        std::array<std::uint8_t, block_size> kinds;    // index in Value
        std::array<std::uint8_t, block_size> flags;
        std::uint32_t next = none;
    };
    using Slab = std::array<Block, slab_size>;
    struct Series {
        std::uint32_t first = none, last = none;  // block; all but the last are full
        std::uint32_t count = 0;                  // points
    };

    void add(const Reading& reading, std::uint64_t seq);
    std::uint64_t bits_of(const Value& value);
    void give(const Block& block, std::size_t i, Point& point) const;
    void note_day(std::int64_t time_ms);
    std::uint32_t new_block();
    Block& block(std::uint32_t at) { return (*slabs_[at / slab_size])[at % slab_size]; }
    const Block& block(std::uint32_t at) const { return (*slabs_[at / slab_size])[at % slab_size]; }
    template <class Visit>
    void each(const Series& series, Visit visit) const;  // (block, place in it), in order of arrival

    std::vector<Series> series_;  // by id
    std::vector<std::unique_ptr<Slab>> slabs_;
    std::uint32_t blocks_ = 0;
    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, std::uint64_t> places_;  // of them
    std::size_t points_ = 0;
    std::uint64_t first_seq_ = 0, last_seq_ = 0;
    std::set<std::int64_t> days_;
    std::int64_t day_from_ms_ = 0, day_to_ms_ = 0;  // of the day noted last

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
    void add(std::span<const Reading> readings, std::uint64_t first_seq);
    void add(std::span<const Record> records);

    // Makes what has arrived the round to be sealed; the one that is being sealed already stays the round.
    // Nullptr: there is nothing to seal. Valid until drop_round(); for the sealer's thread alone.
    const HotReadings* freeze();
    const HotReadings* round() const;
    void drop_round();

    // What is being sealed stays as it is.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

    std::array<HotPart, 2> copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms) const;

    // Everything before this seq is sealed: the log need not keep it. `last_seq` + 1 when nothing is hot.
    std::uint64_t oldest_seq(std::uint64_t last_seq) const;
    std::size_t points() const;   // in both halves
    std::size_t arrived() const;  // since the last freeze

    // Returns when more than so many have arrived, or after a while; for the sealer's thread alone.
    void wait(std::size_t arrived, std::chrono::milliseconds most, const std::stop_token& stop);

private:
    void tell() const;  // wait(), with the lock held

    mutable std::mutex mutex_;
    mutable std::condition_variable_any many_;
    std::optional<std::size_t> waited_for_;
    HotReadings arriving_;
    std::optional<HotReadings> round_;
};

}  // namespace tidegate::store
