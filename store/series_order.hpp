#pragma once

#include "store/reading.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::store {

// The order of the log: by series, within a series as they came. The readings stay where they are.
std::vector<const Reading*> in_order_of_series(std::span<const Reading> readings);

// The same of anything that is of a series: where the first of it is, the second, and so on.
std::vector<std::uint32_t> order_of(std::span<const SeriesId> series);

}  // namespace tidegate::store
