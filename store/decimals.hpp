#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace tidegate::store {

// Most doubles were short decimals in a device's text: as integers times a power of ten they are short again.
inline constexpr std::array<double, 10> powers_of_ten{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
inline constexpr std::int64_t exact_integers = 1LL << 53;  // those below come back from a double

// value * 10^decimals, when that gives the very same double back (an integer has no -0).
inline std::optional<std::int64_t> scaled(double value, std::size_t decimals)
{
    const auto product = value * powers_of_ten[decimals];
    if (!(std::abs(product) < static_cast<double>(exact_integers))) return std::nullopt;
    const auto integer = static_cast<std::int64_t>(product + std::copysign(0.5, product));
    if (std::bit_cast<std::uint64_t>(static_cast<double>(integer) / powers_of_ten[decimals]) !=
        std::bit_cast<std::uint64_t>(value))
        return std::nullopt;
    return integer;
}

// The same of an integer.
inline std::optional<std::int64_t> scaled_integer(std::int64_t value, std::size_t decimals)
{
    const auto power = static_cast<std::int64_t>(powers_of_ten[decimals]);
    if (decimals == 0) return value;
    if (value >= exact_integers / power || value <= -(exact_integers / power)) return std::nullopt;
    return value * power;
}

}  // namespace tidegate::store
