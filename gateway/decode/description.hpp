#pragma once

#include "store/series_table.hpp"

#include <cstdint>
#include <string>

namespace tidegate::gateway {

// How the value that people mean comes from the one in the payload: factor * value + offset.
struct Scaling {
    double factor = 1;
    double offset = 0;

    bool identity() const { return factor == 1 && offset == 0; }
    bool operator==(const Scaling&) const = default;
};

// A series as far as it is known; its id is not used. Empty text: not known.
using Description = store::Series;

}  // namespace tidegate::gateway
