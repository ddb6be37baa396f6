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

// A series, and what else is known of it. Empty text: not known.
struct Description : store::Series {
    std::string device_class;     // "temperature", "energy" …: what is measured, in Home Assistant's words
    std::string availability;     // topic that says whether the device is there
    std::uint32_t expires_s = 0;  // a value is stale so long after it came; 0: nobody said
};

}  // namespace tidegate::gateway
