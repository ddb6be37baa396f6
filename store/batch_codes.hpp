#pragma once

#include "store/bits.hpp"
#include "store/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// What a batch is written with (docs/store-format.md, "Batch"). Each code is set once a batch from the
// numbers that it will be used for, and puts its setting before them.
namespace tidegate::store {

// A number of which nothing is known, by its length in bits: 6 bits of length - 1 and the number.
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

// Small numbers of one size. Nothing at all when all of them are zero.
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
    void add(std::uint64_t value) { ++counts_[static_cast<std::size_t>(std::bit_width(value))]; }
    std::uint32_t operator[](std::size_t length) const { return counts_[length]; }
    static constexpr std::size_t size() { return 65; }

private:
    std::array<std::uint32_t, 65> counts_{};
};

// Numbers of very different size: their length as a difference to the usual one, then what is below the
// leading one.
class LengthCode {
public:
    LengthCode() = default;
    explicit LengthCode(const Lengths& lengths);
    explicit LengthCode(BitReader& in)
        : usual_(static_cast<int>(in.get(6))),
          spread_(static_cast<unsigned>(in.get(2)))
    {
    }

    void put_setting(BitWriter& out) const
    {
        out.put(static_cast<std::uint64_t>(usual_), 6);
        out.put(spread_, 2);
    }

    void put(std::uint64_t value, BitWriter& out) const
    {
        const auto length = static_cast<int>(std::bit_width(value));
        out.rice(zigzag(length - usual_), spread_);
        if (length > 1)
            out.put(low_bits(value, static_cast<unsigned>(length) - 1), static_cast<unsigned>(length) - 1);
    }

    std::uint64_t get(BitReader& in) const
    {
        // Hostile lengths become some length.
        const auto length =
            (static_cast<std::uint64_t>(usual_) + static_cast<std::uint64_t>(unzigzag(in.rice(spread_)))) %
            Lengths::size();
        if (length < 2) return length;
        return std::uint64_t{1} << (length - 1) | in.get(static_cast<unsigned>(length) - 1);
    }

private:
    int usual_ = 0;        // <= 63
    unsigned spread_ = 0;  // <= 3
};

inline LengthCode::LengthCode(const Lengths& lengths)
{
    std::size_t first = 0;
    std::size_t last = Lengths::size() - 1;
    while (first < last && lengths[first] == 0) ++first;
    while (first < last && lengths[last] == 0) --last;
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (auto usual = first; usual <= std::min<std::size_t>(last, 63); ++usual)
        for (unsigned spread = 0; spread < 4; ++spread) {
            std::uint64_t bits = 0;
            for (auto length = first; length <= last; ++length) {
                const auto off = zigzag(static_cast<std::int64_t>(length) - static_cast<std::int64_t>(usual));
                bits += lengths[length] * ((off >> spread) + spread + 1);
            }
            if (bits >= least) continue;
            least = bits;
            usual_ = static_cast<int>(usual);
            spread_ = spread;
        }
}

// Numbers that are spread evenly below a limit, but for a few: as many bits as the limit has, or one less.
class BoundedCode {
public:
    static constexpr std::size_t places = 1024;

    // The limits that can be set are those between the places: 16 to a power of two.
    static std::size_t place_of(std::uint64_t value)
    {
        const auto length = static_cast<unsigned>(std::bit_width(value));
        const auto shift = length > 5 ? length - 5 : 0;
        return shift * 16 + static_cast<std::size_t>(value >> shift);
    }

    BoundedCode() = default;
    explicit BoundedCode(std::span<const std::uint64_t> values);
    explicit BoundedCode(BitReader& in) { set(static_cast<std::size_t>(in.get(10))); }

    void put_setting(BitWriter& out) const { out.put(place_, 10); }

    void put(std::uint64_t value, BitWriter& out) const
    {
        const auto inside = std::min(value, limit_);  // the limit itself: one that is not below it
        const bool longer = inside >= short_ones_;
        const auto code = longer ? inside + short_ones_ : inside;
        out.put(longer ? code >> 1U | (code & 1U) << width_ : code, longer ? width_ + 1 : width_);
        if (inside == limit_) put_plain(value, out);
    }

    std::uint64_t get(BitReader& in) const
    {
        auto value = in.get(width_);
        if (value >= short_ones_) value = (value << 1U | in.get(1)) - short_ones_;
        return value == limit_ ? get_plain(in) : value;
    }

private:
    static std::uint64_t limit_of(std::size_t place)
    {
        const auto shift = place < 32 ? 0 : place / 16 - 1;
        if (shift >= 58) return std::uint64_t{1} << 63U;
        return static_cast<std::uint64_t>(place - shift * 16 + 1) << shift;
    }

    void set(std::size_t place)
    {
        place_ = place;
        limit_ = limit_of(place);
        width_ = static_cast<unsigned>(std::bit_width(limit_ + 1)) - 1;  // limit + 1 numbers in all
        short_ones_ = (std::uint64_t{2} << width_) - (limit_ + 1);
    }

    std::size_t place_ = 0;
    std::uint64_t limit_ = 1;
    unsigned width_ = 0;
    std::uint64_t short_ones_ = 0;  // this many of the least need `width_` bits, the others one more
};

inline BoundedCode::BoundedCode(std::span<const std::uint64_t> values)
{
    std::array<std::uint32_t, places> counts{};
    std::uint64_t outside = 0;  // bits of those above the limit
    for (const auto value : values) {
        ++counts[place_of(value)];
        outside += static_cast<std::uint64_t>(std::bit_width(value)) + 6;
    }
    std::size_t best = 0;
    auto least = std::numeric_limits<double>::max();
    for (std::size_t place = 0; place < places; ++place) {
        if (counts[place] == 0) continue;
        const auto limit = limit_of(place);
        outside -= counts[place] * (static_cast<std::uint64_t>(std::bit_width(limit - 1)) + 6);
        const auto bits = static_cast<double>(values.size()) * std::log2(static_cast<double>(limit)) +
                          static_cast<double>(outside);
        if (bits >= least) continue;
        least = bits;
        best = place;
    }
    set(best);
}

// Rice code for a run of numbers of like size, which differs from run to run: follows it from an average
// start.
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
    int level_;  // length in bits, in sixteenths: half of the first and a quarter of each further one
    bool seen_ = false;
};

// The average that AdaptiveRice starts from.
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

// Doubles that are no decimals: what differs from the one before, in the window of bits of the one before
// when it fits.
class XorCode {
public:
    void put(double value, BitWriter& out)
    {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        const auto change = bits ^ before_;
        before_ = bits;
        out.put(change == 0 ? 0 : 1, 1);
        if (change == 0) return;
        const auto leading = static_cast<unsigned>(std::countl_zero(change));
        const auto trailing = static_cast<unsigned>(std::countr_zero(change));
        // A window much too wide costs more than a new one.
        const bool fits = leading >= leading_ && trailing >= trailing_ &&
                          leading + trailing <= leading_ + trailing_ + new_window_bits;
        out.put(fits ? 0 : 1, 1);
        if (!fits) {
            leading_ = leading;
            trailing_ = trailing;
            out.put(leading_, 6);
            out.put(trailing_, 6);
        }
        out.put(change >> trailing_, 64 - leading_ - trailing_);
    }

    double get(BitReader& in)
    {
        if (in.get(1) != 0) {
            if (in.get(1) != 0) {
                leading_ = static_cast<unsigned>(in.get(6));
                trailing_ = std::min(static_cast<unsigned>(in.get(6)), 63 - leading_);
            }
            before_ ^= in.get(64 - leading_ - trailing_) << trailing_;
        }
        return std::bit_cast<double>(before_);
    }

private:
    static constexpr unsigned new_window_bits = 12;
    std::uint64_t before_ = 0;
    unsigned leading_ = 64;  // no window yet: nothing fits
    unsigned trailing_ = 0;
};

}  // namespace tidegate::store
