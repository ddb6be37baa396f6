#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace tidegate::web {

// One moment by both clocks. Handed to whatever decides, so that tests can choose it.
struct Moment {
    std::int64_t wall_ms = 0;  // what clients are told
    std::int64_t boot_ms = 0;  // what intervals are measured by
};

inline Moment this_moment()
{
    return {wall_ms(), boot_ms()};
}

}  // namespace tidegate::web
