#pragma once

#include "store/reading.hpp"
#include "store/series_table.hpp"

#include <array>
#include <cstdint>
#include <queue>
#include <vector>

namespace tidegate::bench {

// S: periods from 1 to 60 s, about 264 readings/s. L: ten series at 1 s and 990 at 60 s, 26.5 readings/s.
enum class Profile : char { spread = 'S', ten_fast = 'L' };

enum class Kind : std::uint8_t { number, boolean, text };

// What a series is like; drawn once, from the seed.
struct Shape {
    Kind kind = Kind::number;
    std::uint8_t decimals = 0;      // numbers: 0 (an integer), 1 or 2
    bool repeats = false;           // the device repeats its last value while the new one is near it
    std::int64_t period_ms = 1000;  // of its grid
    std::int64_t jitter_scale = 0;  // 0: the device keeps exact cadence
    std::int64_t noise_scale = 0;
    std::int64_t step_scale = 0;
    std::int64_t swing = 0;   // of the day, in 1/256 quanta
    std::int64_t middle = 0;  // in 1/256 quanta
    std::int64_t phase_ms = 0;
    std::int64_t band = 0;  // for `repeats`, in quanta
};

// A fleet of 1,000 series as a gateway hears it: reading after reading in order of arrival, for as long as is
// asked, the same for the same seed. Holds no more than the readings that are under way.
//
// 90 % numbers (a third each with 0, 1 and 2 decimals; a wandering value, a daily swing, noise with a
// deviation of 0 to 4 quanta; a quarter of them repeat within a dead band), 6 % booleans, 4 % short texts.
// 30 % of the clocks keep exact cadence, the others jitter about their grid with a deviation of 20 to 150 ms.
// 1 % of the readings arrive late by 60 s in the mean, 0.5 % twice, 0.2 % never.
class Workload {
public:
    static constexpr std::size_t series_count = 1000;
    static constexpr std::size_t fast_series = 10;                 // ids 1 .. 10 of `ten_fast`, all numbers
    static constexpr std::int64_t start_ms = 1'767'571'200'000LL;  // 2026-01-05T00:00:00Z

    Workload(Profile profile, std::uint64_t seed);

    // Appends the next `count` readings.
    void next(std::size_t count, std::vector<store::Reading>& into);
    void skip(std::uint64_t count);

    std::uint64_t given() const { return given_; }
    std::uint64_t distinct_numbers() const { return distinct_numbers_; }  // neither texts nor repeated ones
    std::int64_t now_ms() const { return now_ms_; }                       // when the last one arrived

    const Shape& shape(store::SeriesId id) const { return shapes_[id - 1]; }
    double readings_a_second() const;
    static store::Series describe(store::SeriesId id);

private:
    struct Random {  // SplitMix64 (Steele, Lea, Flood 2014)
        std::uint64_t state;
        std::uint64_t operator()();
        std::uint64_t below(std::uint64_t bound) { return ((*this)() >> 32U) * bound >> 32U; }
        double uniform() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }
        // A sum of four uniforms: close to normal, without its far tails, and cheap.
        std::int64_t normal(std::int64_t scale);
    };
    struct Signal {
        std::int64_t tick = 0;  // on the grid
        std::int64_t due_ms = 0;
        std::int64_t wander = 0;    // in 1/256 quanta
        std::int64_t reported = 0;  // in quanta; which word of the vocabulary; whether it is on
        std::uint16_t next = 0;     // series due in the same millisecond; 0: none
    };
    struct UnderWay {
        std::int64_t at_ms = 0;
        std::uint64_t order = 0;
        bool again = false;
        store::Reading reading;
        bool operator<(const UnderWay& other) const  // the earliest comes first out of the queue
        {
            return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
        }
    };

    Shape draw(std::size_t index);
    void schedule(std::size_t index);
    std::int64_t next_due();
    std::size_t take_due(std::int64_t due_ms);
    store::Value sample(std::size_t index);
    std::int64_t swing(const Shape& shape) const;
    void set_out(store::Reading reading, std::int64_t after_ms, bool again);
    void give(store::Reading&& reading, bool again, std::vector<store::Reading>& into);

    static constexpr std::size_t wheel_ms = 1U << 17U;  // more than the longest period and its jitter

    Profile profile_;
    Random random_;
    std::vector<Shape> shapes_;
    std::vector<Signal> signals_;
    std::vector<std::int64_t> sine_;
    std::vector<std::uint16_t> wheel_;        // by due_ms: index + 1 of the first series that is due; 0: none
    std::vector<std::uint64_t> wheel_taken_;  // a bit for each place in the wheel
    std::priority_queue<UnderWay> under_way_;
    std::int64_t wheel_now_ms_ = start_ms;
    std::int64_t now_ms_ = start_ms;
    std::uint64_t given_ = 0;
    std::uint64_t distinct_numbers_ = 0;
    std::uint64_t order_ = 0;
};

// What is asked of a stream that began at start_ms and has come to `end_ms`: a day in its midst, and 29 days,
// or what there is of them. Neither begins where a bucket does.
struct QueryRanges {
    std::int64_t day_from = 0;
    std::int64_t month_from = 0;
    std::int64_t month_to = 0;
};
QueryRanges query_ranges(std::int64_t end_ms);

}  // namespace tidegate::bench
