#pragma once

#include "store/chunk_codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

// What the head of a block in a chunk is made of (docs/store-format.md, "Chunks").
namespace tidegate::store::chunk {

enum Kind : std::uint8_t { boolean, integer, decimal, real, text };  // text: each block has its own words
enum Marks : std::uint8_t { no_integer, whole_is_integer, marked };

inline constexpr unsigned step_follows = 0x80;           // in the first byte, beside kind and predictors
inline constexpr unsigned flags_follow = 0x40;           // in the second, beside decimals and marks
inline constexpr unsigned count_follows = 0x80;          // in the second: it is not a whole block
inline constexpr unsigned kind_width = 3;                // bits
inline constexpr std::int64_t longest_step = 1LL << 40;  // ms: 34 years

using Numbers = std::array<std::int64_t, block_points>;
using Residuals = std::array<std::uint64_t, block_points>;

// Numbers of one class predict each other.
constexpr std::uint8_t class_of(std::uint8_t kind, std::uint8_t decimals)
{
    return static_cast<std::uint8_t>(kind | decimals << kind_width);
}

}  // namespace tidegate::store::chunk
