#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Victron (Venus OS): N/PORTAL/SERVICE/INSTANCE/PATH, {"value": …}. Null is no value; no payload: the device
// is gone.
extern const Family victron;

}  // namespace tidegate::gateway
