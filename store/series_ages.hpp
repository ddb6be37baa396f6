#pragma once

#include "store/series_table.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tidegate::store {

// Which series are kept for less long than history as a whole. Copied to the sealer's thread, which asks it.
struct SeriesAges {
    // Of all that decides: where it is another one than before, all of history is gone through again.
    std::uint64_t fingerprint = 0;
    std::vector<std::chrono::days> ages;  // that there are; none: every series is kept as long as the others
    std::function<std::optional<std::chrono::days>(const Series&)> of;
};

}  // namespace tidegate::store
