#pragma once

#include "store/hot_series.hpp"
#include "store/reading.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <vector>

namespace tidegate::store {

// The series of one UTC day, found by id without a search: nearly every reading that comes in asks.
class HotDay {
public:
    explicit HotDay(std::int64_t start_ms) : start_ms_(start_ms) {}

    HotSeries* find(SeriesId id) const { return id < by_id_.size() ? by_id_[id].get() : nullptr; }
    HotSeries& make(SeriesId id);  // one that is not there
    void erase(SeriesId id);
    bool empty() const { return count_ == 0; }
    std::size_t bytes() const;  // of memory, without what the series hold themselves
    void each(const std::function<void(SeriesId, const HotSeries&)>& visit) const;  // in order of id

private:
    std::int64_t start_ms_;
    std::vector<std::unique_ptr<HotSeries>> by_id_;
    std::size_t count_ = 0;
};

// Readings of a stretch of the log in memory, by UTC day and series. They are taken as they come, one behind
// the other, and put in their places some thousands at a time: a thousand series in turn are a thousand
// places in memory that are in none of the processor's nearer caches.
class HotReadings {
public:
    void add(std::span<const Reading* const> readings, std::uint64_t first_seq);  // seqs one after another
    void add(std::span<const Record> records);                                    // seqs rising

    void settle();  // all are in their places; what follows but points() and the seqs asks for that

    std::size_t points() const { return points_; }
    std::uint64_t first_seq() const { return first_seq_; }  // of the readings in it, when there are any
    std::uint64_t last_seq() const { return last_seq_; }
    std::size_t bytes() const { return bytes_ + text_bytes_; }  // of memory, nearly
    std::set<std::int64_t> days() const;                        // since the epoch, that have a reading

    // Every series of a day, in order of id.
    void each(std::int64_t day, const std::function<void(SeriesId, const HotSeries&)>& visit) const;

    // What may hold points of a series with from <= time < to.
    void copy(SeriesId series, std::int64_t from_ms, std::int64_t to_ms, std::vector<HotCopy>& copies) const;

    // Points with first <= seq <= last that were stamped before the clock was set are `shift_ms` early. They
    // lose the flag.
    void correct(std::uint64_t first, std::uint64_t last, std::int64_t shift_ms);

private:
    struct Arrived {
        std::int64_t time_ms;
        std::uint64_t bits;  // as in RawValue, of texts_
        std::uint8_t kind, flags;
    };

    void add(const Reading& reading, std::uint64_t seq);
    void put(SeriesId series, std::int64_t time_ms, RawValue value, std::uint8_t flags);
    void correct(SeriesId series, std::multiset<std::int64_t> times, std::int64_t shift_ms);

    std::vector<Arrived> arrived_;
    std::vector<SeriesId> arrived_of_;  // their series
    std::vector<std::string> texts_;
    std::size_t text_bytes_ = 0;  // of them

    std::map<std::int64_t, HotDay> days_;
    HotDay* last_day_ = nullptr;  // and its limits: nearly every reading is of the day of the one before
    std::int64_t last_from_ms_ = 0, last_to_ms_ = 0;
    std::size_t points_ = 0, bytes_ = 0;
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
    std::vector<Point> points;   // of the same time, in order of arrival
};

// What is committed to the log and not sealed yet: queries and sealing read it here. Two halves: the readings
// that arrive, and the round that is being sealed, which nobody changes any more. The writer adds, the sealer
// freezes and drops, queries copy; one lock, held for a copy of what is coded.
class HotTable {
public:
    static constexpr std::size_t most_bytes = std::size_t{24}
                                              << 20U;  // for long texts, and many small series

    void add(std::span<const Reading* const> readings, std::uint64_t first_seq);
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

    // More than so many readings have arrived, or they take too much memory.
    bool is_pressed(std::size_t readings) const;

    // Returns when it is_pressed(), or after a while; for the sealer's thread alone.
    void wait_pressed(std::size_t readings, std::chrono::milliseconds most, const std::stop_token& stop);

private:
    bool pressed(std::size_t readings) const;  // this and the next with the lock held
    void tell() const;

    mutable std::mutex mutex_;
    mutable std::condition_variable_any pressed_;
    std::optional<std::size_t> waited_for_;
    mutable HotReadings arriving_;  // to be settled when it is looked at
    std::optional<HotReadings> round_;
};

}  // namespace tidegate::store
