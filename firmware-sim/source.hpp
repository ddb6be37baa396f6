#pragma once

#include "firmware-sim/device.hpp"

#include <vector>

namespace tidegate::sim {

// Where the messages come from: a fleet of devices, or the running numbers of a loss test.
class Source {
public:
    virtual ~Source() = default;

    virtual Message next(std::int64_t time_ms) = 0;

    // What is said once at the end, when the fleet is switched off.
    virtual std::vector<Message> farewell() const { return {}; }
};

}  // namespace tidegate::sim
