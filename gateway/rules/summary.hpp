#pragma once

#include "gateway/rules/window.hpp"
#include "store/bytes.hpp"
#include "store/reading.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tidegate::gateway {

// The readings of a series in one interval. The first one is stored by itself; of the others, those that say
// the most are held until the interval ends: the least, the greatest and the last. Booleans and texts have no
// extremes: of them the last alone. Pure.
class Summary {
public:
    // `first` has been stored. The interval is the one of `interval_ms` that it is in, aligned as windows
    // are.
    Summary(const store::Reading& first, std::int64_t interval_ms);

    std::int64_t interval_ms() const { return interval_ms_; }
    std::int64_t start_ms() const { return start_ms_; }
    std::int64_t end_ms() const { return start_ms_ + interval_ms_; }
    bool covers(std::int64_t time_ms) const { return time_ms >= start_ms_ && time_ms < end_ms(); }
    std::int64_t first_ms() const { return first_ms_; }
    std::uint8_t flags() const { return flags_; }

    // Takes one of the interval's readings in. How many are let go of by that, this one among them perhaps.
    std::size_t fold(store::Point point);

    // What is held, in the order of arrival. The store has one reading a millisecond of a series: where two
    // would be at the same, the later one is put beside it, within the interval.
    std::vector<store::Point> held() const;

    std::uint64_t count() const { return count_; }  // numbers, the first among them
    double mean() const { return sum_.as_double() / static_cast<double>(count_); }  // with count() > 0

    void write(store::ByteWriter& out) const;
    static std::optional<Summary> read(store::ByteReader& in);  // none: not what write() has written

private:
    Summary() = default;
    void add(const store::Value& value);
    std::optional<std::size_t> beyond_all(bool upwards) const;
    std::int64_t free_beside(std::int64_t time_ms, const std::vector<std::int64_t>& taken) const;

    std::int64_t interval_ms_ = 0, start_ms_ = 0, first_ms_ = 0;
    std::uint8_t flags_ = 0;  // of the first
    std::optional<Number> first_;
    std::uint64_t count_ = 0;
    Sum sum_;
    std::vector<store::Point> held_;
};

}  // namespace tidegate::gateway
