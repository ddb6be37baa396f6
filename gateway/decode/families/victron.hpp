#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Victron (Venus OS): N/PORTAL/SERVICE/INSTANCE/PATH, {"value": …}. Null is no value; no payload: the device
// is gone.
extern const Family victron;

// The device of N/PORTAL/SERVICE/INSTANCE/…: "battery/288" at the first installation that spoke, and
// "PORTAL/battery/288" at any other.
std::string_view victron_device(const Topic& topic, const State& state);

// Asks the portals that are known, and due, to go on publishing (state.hpp, victron_portals.hpp).
void keep_victron_alive(State& state, std::int64_t now_ms);

}  // namespace tidegate::gateway
