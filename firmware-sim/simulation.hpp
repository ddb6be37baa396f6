#pragma once

#include "firmware-sim/account.hpp"
#include "firmware-sim/options.hpp"

namespace tidegate::sim {

// Runs the fleet until its time is up or SIGINT or SIGTERM comes; both must be blocked in the calling thread
// before any other thread is started. Then waits, 10 s at most, for what is still unacknowledged.
Account simulate(const Options& options);

}  // namespace tidegate::sim
