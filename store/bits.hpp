#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

// Bits of the store's formats (docs/store-format.md, "Bits"): least significant bit first, Rice codes with an
// escape, residuals in groups of 64 that each have their own code.
namespace tidegate::store {

inline constexpr std::size_t rice_group = 64;
inline constexpr unsigned rice_escape = 8;  // so many ones, then 6 bits of length - 1 and the number itself
inline constexpr unsigned rice_all_zero = 63;  // as a group's parameter: nothing follows
inline constexpr unsigned rice_few = 62;       // as a group's: all are zero but up to `few_most`
inline constexpr unsigned rice_most = 61;      // the highest that is a parameter
inline constexpr std::size_t few_most = 8;

constexpr std::uint64_t low_bits(std::uint64_t value, unsigned count)
{
    return count >= 64 ? value : value & ((std::uint64_t{1} << count) - 1);
}

// Appends to a string, which is whole only after finish().
class BitWriter {
public:
    explicit BitWriter(std::string& out) : out_(out) {}

    // `count` <= 64; what is above it in `value` must be zero.
    void put(std::uint64_t value, unsigned count)
    {
        if (count > 56) {
            put_few(low_bits(value, 32), 32);
            put_few(value >> 32U, count - 32);
            return;
        }
        put_few(value, count);
    }

    void rice(std::uint64_t value, unsigned parameter)
    {
        const auto quotient = value >> parameter;
        if (quotient < rice_escape) {
            const auto ones = static_cast<unsigned>(quotient);
            const auto low = low_bits(value, parameter);
            if (ones + 1 + parameter <= 56) {
                put_few(low << (ones + 1) | ((std::uint64_t{1} << ones) - 1), ones + 1 + parameter);
                return;
            }
            put_few((std::uint64_t{1} << ones) - 1, ones + 1);
            put(low, parameter);
            return;
        }
        const auto length = static_cast<unsigned>(std::bit_width(value));
        put_few(low_bits(~std::uint64_t{0}, rice_escape), rice_escape);
        put_few(length - 1, 6);
        put(value, length);
    }

    // To the next whole byte. Must be called once, at the end.
    void finish()
    {
        std::memcpy(buffer_.data() + used_, &held_, 8);
        used_ += (filled_ + 7) / 8;
        held_ = 0;
        filled_ = 0;
        flush();
    }

private:
    // Writes all eight bytes each time and goes on behind the whole ones: no branch that depends on the bits.
    void put_few(std::uint64_t value, unsigned count)
    {
        held_ |= value << filled_;
        filled_ += count;
        std::memcpy(buffer_.data() + used_, &held_, 8);
        used_ += filled_ / 8;
        held_ >>= filled_ & ~7U;
        filled_ %= 8;
        if (used_ > buffer_.size() - 8) flush();
    }

    void flush()
    {
        out_.append(buffer_.data(), used_);
        used_ = 0;
    }

    std::string& out_;
    std::array<char, 256> buffer_{};
    std::size_t used_ = 0;
    std::uint64_t held_ = 0;  // what is behind the last whole byte
    unsigned filled_ = 0;     // its bits, < 8 between calls
};

// Reads what BitWriter wrote. Never reads past the end: from there on it gives zeros and failed() is true.
class BitReader {
public:
    explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t get(unsigned count)
    {
        if (count > 56) {
            const auto low = get(32);
            return low | get(count - 32) << 32U;
        }
        const auto value = low_bits(window(), count);
        position_ += count;
        return value;
    }

    std::uint64_t rice(unsigned parameter)
    {
        const auto quotient = static_cast<unsigned>(std::countr_one(window()));
        if (quotient < rice_escape) {
            position_ += quotient + 1;
            const auto low = get(parameter);
            return static_cast<std::uint64_t>(quotient) << parameter | low;
        }
        position_ += rice_escape;
        const auto length = static_cast<unsigned>(get(6)) + 1;
        return get(length);
    }

    // The bytes used so far, the last one whole.
    std::size_t bytes_read() const { return std::min((position_ + 7) / 8, bytes_.size()); }
    bool failed() const { return position_ > bytes_.size() * 8; }

private:
    // At least 57 bits from the position on, zeros behind the end.
    std::uint64_t window() const
    {
        const auto byte = position_ / 8;
        std::uint64_t value = 0;
        if (byte + 8 <= bytes_.size())
            std::memcpy(&value, bytes_.data() + byte, 8);
        else if (byte < bytes_.size())
            std::memcpy(&value, bytes_.data() + byte, bytes_.size() - byte);
        return value >> (position_ % 8);
    }

    std::string_view bytes_;
    std::size_t position_ = 0;  // in bits
};

constexpr std::uint64_t rice_bits(std::uint64_t value, unsigned parameter)
{
    const auto quotient = value >> parameter;
    if (quotient < rice_escape) return quotient + 1 + parameter;
    return rice_escape + 6 + static_cast<std::uint64_t>(std::bit_width(value));
}

// The parameter that makes a group shortest, or nearly: found from the mean, then compared with its
// neighbours. `bits`: how long that is.
inline unsigned rice_parameter(std::span<const std::uint64_t> group, std::uint64_t& bits)
{
    std::uint64_t all = 0;
    double sum = 0;
    for (const auto value : group) {
        all |= value;
        sum += static_cast<double>(value >> 1U);  // halved: cannot overflow where it is converted
    }
    bits = 0;
    if (all == 0) return rice_all_zero;
    const auto cost = [&](unsigned parameter) {
        std::uint64_t sum_of_bits = 0;
        if (all >> parameter < rice_escape) {  // none of them escapes
            for (const auto value : group) sum_of_bits += value >> parameter;
            return sum_of_bits + group.size() * (1 + std::uint64_t{parameter});
        }
        for (const auto value : group) sum_of_bits += rice_bits(value, parameter);
        return sum_of_bits;
    };
    const auto mean = 2 * sum / static_cast<double>(group.size());
    unsigned best = 0;
    while (best < rice_most && static_cast<double>(std::uint64_t{1} << best) < mean * 0.69) ++best;
    bits = cost(best);
    while (best > 0) {
        const auto lower = cost(best - 1);
        if (lower > bits) break;
        bits = lower;
        --best;
    }
    return best;
}

inline unsigned rice_parameter(std::span<const std::uint64_t> group)
{
    std::uint64_t bits = 0;
    return rice_parameter(group, bits);
}

// The codes of the groups of one run of residuals: each is told by how it differs from the one before.
class GroupCodes {
public:
    void put(unsigned code, BitWriter& out)
    {
        if (!any_) {
            out.put(code, 6);
        } else if (code == before_) {
            out.put(0, 1);
        } else if (code == before_ + 1 || code + 1 == before_) {
            out.put(code > before_ ? 5 : 1, 3);
        } else {
            out.put(3, 2);
            out.put(code, 6);
        }
        any_ = true;
        before_ = code;
    }

    unsigned get(BitReader& in)
    {
        if (!any_)
            before_ = static_cast<unsigned>(in.get(6));
        else if (in.get(1) != 0) {
            if (in.get(1) != 0)
                before_ = static_cast<unsigned>(in.get(6));
            else  // wraps around for hostile ones alone
                before_ = (in.get(1) != 0 ? before_ + 1 : before_ + 63) & 63U;
        }
        any_ = true;
        return before_;
    }

private:
    bool any_ = false;
    unsigned before_ = 0;
};

// Bits of a group of zeros but for a few, each with its place; too many to be it: more than anything.
inline std::uint64_t few_bits(std::span<const std::uint64_t> group)
{
    std::size_t count = 0;
    std::uint64_t bits = 3;
    for (const auto value : group) {
        if (value == 0) continue;
        bits += 12 + static_cast<std::uint64_t>(std::bit_width(value));
        if (++count > few_most) return ~std::uint64_t{0};
    }
    return bits;
}

inline void write_few(std::span<const std::uint64_t> group, BitWriter& out)
{
    const auto zeros = static_cast<std::size_t>(std::count(group.begin(), group.end(), 0));
    out.put(group.size() - zeros - 1, 3);
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (group[i] == 0) continue;
        const auto length = static_cast<unsigned>(std::bit_width(group[i]));
        out.put(i, 6);
        out.put(length - 1, 6);
        out.put(group[i], length);
    }
}

inline void write_residuals(std::span<const std::uint64_t> values, BitWriter& out)
{
    GroupCodes codes;
    for (std::size_t i = 0; i < values.size(); i += rice_group) {
        const auto group = values.subspan(i, std::min(rice_group, values.size() - i));
        std::uint64_t bits = 0;
        const auto parameter = rice_parameter(group, bits);
        const bool few = parameter != rice_all_zero && few_bits(group) < bits;
        codes.put(few ? rice_few : parameter, out);
        if (few)
            write_few(group, out);
        else if (parameter != rice_all_zero)
            for (const auto value : group) out.rice(value, parameter);
    }
}

// Gives zeros where the input ends early; the caller looks at failed().
inline void read_residuals(std::span<std::uint64_t> values, BitReader& in)
{
    GroupCodes codes;
    for (std::size_t i = 0; i < values.size(); i += rice_group) {
        const auto group = values.subspan(i, std::min(rice_group, values.size() - i));
        const auto code = codes.get(in);
        if (code <= rice_most) {
            for (auto& value : group) value = in.rice(code);
            continue;
        }
        std::fill(group.begin(), group.end(), 0);
        if (code == rice_all_zero) continue;
        for (auto count = in.get(3) + 1; count > 0; --count) {
            const auto place = in.get(6);
            const auto value = in.get(static_cast<unsigned>(in.get(6)) + 1);
            if (place < group.size()) group[place] = value;
        }
    }
}

}  // namespace tidegate::store
