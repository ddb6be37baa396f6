#pragma once

#include "store/bits.hpp"
#include "store/bytes.hpp"
#include "store/decimals.hpp"
#include "store/xor_code.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// What the readings of a batch are written with (docs/store-format.md, "Batch"). A code is set once a batch,
// from the numbers that it will be used for, and its setting is written before them.
namespace tidegate::store::batch {

// Differences wrap around, so that all 64 bits are in reach.
inline std::uint64_t difference(std::uint64_t value, std::uint64_t from)
{
    return zigzag(static_cast<std::int64_t>(value - from));
}

inline std::uint64_t sum(std::uint64_t from, std::uint64_t difference)
{
    return from + wide(unzigzag(difference));
}

// A number of which nothing is known: 6 bits of its length - 1, and the number.
inline void put_plain(std::uint64_t value, BitWriter& out)
{
    const auto length = std::max(1U, static_cast<unsigned>(std::bit_width(value)));
    out.put(length - 1, 6);
    out.put(value, length);
}

inline std::uint64_t get_plain(BitReader& in)
{
    return in.get(static_cast<unsigned>(in.get(6)) + 1);
}

// Small numbers of one size; nothing at all when all of them are zero.
class RiceCode {
public:
    RiceCode() = default;
    explicit RiceCode(std::span<const std::uint64_t> values)
        : parameter_(values.empty() ? rice_all_zero : rice_parameter(values))
    {
    }
    explicit RiceCode(BitReader& in) : parameter_(static_cast<unsigned>(in.get(6))) {}

    void put_setting(BitWriter& out) const { out.put(parameter_, 6); }
    void put(std::uint64_t value, BitWriter& out) const
    {
        if (parameter_ != rice_all_zero) out.rice(value, parameter_);
    }
    std::uint64_t get(BitReader& in) const { return parameter_ == rice_all_zero ? 0 : in.rice(parameter_); }

private:
    unsigned parameter_ = rice_all_zero;
};

// How many numbers there are of each length in bits.
class Lengths {
public:
    static constexpr std::size_t size = 65;

    void add(std::uint64_t value) { ++counts_[static_cast<std::size_t>(std::bit_width(value))]; }
    std::uint32_t operator[](std::size_t length) const { return counts_[length]; }

private:
    std::array<std::uint32_t, size> counts_{};
};

// Numbers of very different size: the length as what it differs from the usual one, then the bits below the
// leading one.
class LengthCode {
public:
    LengthCode() = default;
    explicit LengthCode(const Lengths& lengths);
    explicit LengthCode(BitReader& in) : usual_(in.get(6)), spread_(static_cast<unsigned>(in.get(2))) {}

    void put_setting(BitWriter& out) const
    {
        out.put(usual_, 6);
        out.put(spread_, 2);
    }

    void put(std::uint64_t value, BitWriter& out) const
    {
        const auto length = static_cast<unsigned>(std::bit_width(value));
        out.rice(difference(length, usual_), spread_);
        if (length > 1) out.put(low_bits(value, length - 1), length - 1);
    }

    std::uint64_t get(BitReader& in) const
    {
        const auto length = sum(usual_, in.rice(spread_)) % Lengths::size;  // hostile ones become any other
        if (length < 2) return length;
        return std::uint64_t{1} << (length - 1) | in.get(static_cast<unsigned>(length) - 1);
    }

private:
    std::uint64_t usual_ = 0;  // <= 63
    unsigned spread_ = 0;      // <= 3
};

// Numbers spread evenly below a limit, but for a few: as many bits as the limit has, or one less.
class BoundedCode {
public:
    BoundedCode() = default;
    explicit BoundedCode(std::span<const std::uint64_t> values);
    explicit BoundedCode(BitReader& in) { set(static_cast<std::size_t>(in.get(10))); }

    void put_setting(BitWriter& out) const { out.put(place_, 10); }

    void put(std::uint64_t value, BitWriter& out) const
    {
        const auto number = std::min(value, limit_);  // the limit itself: one that is not below it
        const bool longer = number >= short_ones_;
        const auto code = longer ? number + short_ones_ : number;
        out.put(longer ? code >> 1U | (code & 1U) << width_ : code, longer ? width_ + 1 : width_);
        if (number == limit_) put_plain(value, out);
    }

    std::uint64_t get(BitReader& in) const
    {
        auto number = in.get(width_);
        if (number >= short_ones_) number = (number << 1U | in.get(1)) - short_ones_;
        return number == limit_ ? get_plain(in) : number;
    }

private:
    void set(std::size_t place);

    std::size_t place_ = 0;
    std::uint64_t limit_ = 1;
    unsigned width_ = 0;
    std::uint64_t short_ones_ = 1;  // so many numbers, the least, take `width_` bits; the others one more
};

// Rice code for runs of numbers of like size, a size that differs from run to run: it follows it. One object
// a run.
class AdaptiveRice {
public:
    explicit AdaptiveRice(unsigned start) : start_(start), level_(static_cast<int>(start) * 16) {}

    void put(std::uint64_t value, BitWriter& out)
    {
        if (start_ == rice_all_zero) return;
        out.rice(value, static_cast<unsigned>(level_) / 16);
        saw(value);
    }

    std::uint64_t get(BitReader& in)
    {
        if (start_ == rice_all_zero) return 0;
        const auto value = in.rice(static_cast<unsigned>(level_) / 16);
        saw(value);
        return value;
    }

private:
    void saw(std::uint64_t value)
    {
        const auto length = std::min(62, static_cast<int>(std::bit_width(value)));
        level_ += (length * 16 - level_) >> (seen_ ? 2U : 1U);
        seen_ = true;
    }

    unsigned start_;
    int level_;  // a length in bits, in sixteenths: moves half of the way at first, then a quarter
    bool seen_ = false;
};

// Where AdaptiveRice starts: the average length in bits.
class AverageLength {
public:
    void add(std::uint64_t value)
    {
        bits_ += static_cast<std::uint64_t>(std::bit_width(value));
        ++count_;
    }
    unsigned start() const
    {
        if (bits_ == 0) return rice_all_zero;
        return static_cast<unsigned>(std::min<std::uint64_t>(62, (bits_ + count_ / 2) / count_));
    }

private:
    std::uint64_t bits_ = 0;
    std::uint64_t count_ = 0;
};

// Where the next reading of a series is expected, by the latest and the steps so far. One that comes late or
// twice leaves no trace.
class Cadence {
public:
    Cadence(std::uint64_t first, std::uint64_t second) : latest_(second), step_(second - first) {}

    std::uint64_t next() const { return latest_ + step_; }

    void saw(std::uint64_t time)
    {
        const auto missed = static_cast<std::int64_t>(time - next());
        if (magnitude(missed) <= magnitude(static_cast<std::int64_t>(step_)) / 2) {
            step_ += wide(missed / 2);
            latest_ = time;
        } else if (static_cast<std::int64_t>(time) > static_cast<std::int64_t>(latest_)) {
            step_ = time - latest_;
            latest_ = time;
        }
    }

private:
    static std::uint64_t magnitude(std::int64_t value) { return value < 0 ? -wide(value) : wide(value); }

    std::uint64_t latest_;
    std::uint64_t step_;
};

// What a value is written as; with decimals, `decimal` + their number.
enum Class : std::uint8_t { boolean, text, raw, integer, decimal };
inline constexpr std::size_t classes = decimal + powers_of_ten.size();

constexpr bool is_number(std::uint8_t value_class)
{
    return value_class >= integer;
}
constexpr bool is_decimal(std::uint8_t value_class)
{
    return value_class >= decimal;
}

// All codes of a batch.
struct Codes {
    bool mixed = false;    // a series has values of more than one class
    bool flagged = false;  // flags other than 0 occur
    RiceCode gap;          // from a series to the next, - 1
    RiceCode singles;      // how many series of one reading come before the next of several
    RiceCode more;         // how many readings that one has, - 2
    BoundedCode first_time;
    LengthCode second_time;
    unsigned further_time = rice_all_zero;
    std::vector<std::uint8_t> by_rank;  // the classes that occur, the most frequent first
    std::array<LengthCode, classes> first_number;
    std::array<unsigned, classes> further_number{};
};

void put_codes(const Codes& codes, BitWriter& out);
std::optional<Codes> get_codes(BitReader& in);  // nothing when they cannot be

// The length of a new text.
inline constexpr unsigned text_length_parameter = 2;

}  // namespace tidegate::store::batch
