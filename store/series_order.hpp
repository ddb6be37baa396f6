#pragma once

#include "store/reading.hpp"

#include <vector>

namespace tidegate::store {

// The order of the log: by series, within a series as they came. Each reading is moved once, into `spare`,
// whose memory is used and given back there.
void sort_by_series(std::vector<Reading>& readings, std::vector<Reading>& spare);

}  // namespace tidegate::store
