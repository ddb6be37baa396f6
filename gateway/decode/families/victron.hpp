#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Victron (Venus OS): N/PORTAL/SERVICE/INSTANCE/PATH, {"value": …}. Null is no value; no payload: the device
// is gone.
extern const Family victron;

// Asks the portals that are known, and due, to go on publishing (state.hpp, victron_portals.hpp).
void keep_victron_alive(State& state, std::int64_t now_ms);

}  // namespace tidegate::gateway
