#pragma once

#include "store/bytes.hpp"
#include "store/reading.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The arithmetic of windows. Pure.
namespace tidegate::gateway {

using Number = std::variant<std::int64_t, double>;

// 0 and 1 for a boolean. None: text, NaN, an infinity.
std::optional<Number> number_of(const store::Value& value);

bool less(const Number& a, const Number& b);  // as the numbers that they are, also where no float equals one

// What a window can say of its readings.
enum class Statistic : std::uint8_t { count, min, max, mean, first, last, sum, increase };
inline constexpr std::size_t statistic_count = 8;
std::string_view to_string(Statistic statistic);
std::optional<Statistic> statistic_of(std::string_view name);

// A set of them, a bit each.
using Statistics = std::uint8_t;
constexpr Statistics bit(Statistic statistic)
{
    return static_cast<Statistics>(1U << static_cast<unsigned>(statistic));
}

struct WindowSpec {
    std::int64_t width_ms = 0;     // whole seconds
    std::int64_t lateness_ms = 0;  // a reading that comes so long after the end of its window still counts
    Statistics statistics = 0;
    bool operator==(const WindowSpec&) const = default;
};

// Each width once. Names that are no statistic are left out.
std::vector<WindowSpec> window_specs(const std::vector<std::chrono::milliseconds>& widths,
                                     const std::vector<std::string>& values,
                                     std::chrono::milliseconds lateness);

// The start of the window that `time_ms` is in. Windows are aligned to the Unix epoch, so that those of a day
// or a part of it begin at midnight UTC; those of whole weeks begin on Mondays.
std::int64_t window_start(std::int64_t time_ms, std::int64_t width_ms);

// A sum that stays whole as long as all of it is and fits, and loses no small part of it otherwise.
class Sum {
public:
    void add(const Number& number);
    Number get() const;
    double as_double() const;

    void write(store::ByteWriter& out) const;
    static Sum read(store::ByteReader& in);

private:
    bool whole_ = true;
    std::int64_t whole_sum_ = 0;
    double sum_ = 0, lost_ = 0;  // Neumaier's
};

// The readings of one window, summed up.
class WindowSum {
public:
    // `rise`: what a counter has grown by since the reading before.
    void add(std::int64_t time_ms, const Number& number, const std::optional<Number>& rise);

    store::Value value(Statistic statistic) const;  // once there is a reading

    void write(store::ByteWriter& out) const;
    static WindowSum read(store::ByteReader& in);

private:
    std::uint64_t count_ = 0;
    Number min_{}, max_{}, first_{}, last_{};
    std::int64_t first_ms_ = 0, last_ms_ = 0;
    Sum sum_, increase_;
};

// A counter's steps. A value that is smaller than the one before was counted from 0 anew. Between two
// readings of one window or of two, so that the windows' increases add up.
class Counter {
public:
    // What it has grown by; none: it is the first, or older than the last.
    std::optional<Number> rise(std::int64_t time_ms, const Number& number);

    void write(store::ByteWriter& out) const;
    static Counter read(store::ByteReader& in);

private:
    std::optional<Number> last_;
    std::int64_t last_ms_ = 0;
};

}  // namespace tidegate::gateway
