#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tidegate::store {

// Where in an intake ring a batch ends. The ring's id changes when the ring is made anew, so that an old
// tail is not taken for one of a new ring.
struct IntakePosition {
    std::uint64_t ring = 0;
    std::uint64_t tail = 0;
};

// Of several rings, one a broker: the last of each.
using IntakePositions = std::vector<IntakePosition>;

inline void note(IntakePositions& known, const IntakePosition& position)
{
    const auto found = std::ranges::find(known, position.ring, &IntakePosition::ring);
    if (found == known.end())
        known.push_back(position);
    else
        found->tail = position.tail;
}

}  // namespace tidegate::store
