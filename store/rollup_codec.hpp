#pragma once

#include "base/error.hpp"
#include "store/rollup.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// The minutes or hours of one series as columns of numbers (docs/store-format.md, "Rollups"): integers times
// a power of ten where the values are decimals, which makes 2 to 4 bytes of one; runs of points where they
// are not. `rollups` rise in time, start on multiples of `width_ms` and not before `base_ms`, which is one.
// A sum of decimals comes back as the decimal that it is, free of what adding doubles left in it; everything
// else comes back as it was, but of `last_ms` only the last.
std::string encode_rollups(std::span<const Rollup> rollups, std::int64_t base_ms, std::int64_t width_ms);

// Appends `count` rollups. Any bytes are safe to give: what is not such a row is `corrupt`.
Result<> decode_rollups(std::string_view bytes,
                        std::int64_t base_ms,
                        std::int64_t width_ms,
                        std::size_t count,
                        std::vector<Rollup>& rollups);

}  // namespace tidegate::store
