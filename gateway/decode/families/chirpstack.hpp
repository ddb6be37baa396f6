#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// ChirpStack 4: application/APP/device/EUI/event/EVENT in JSON.
extern const Family chirpstack;

}  // namespace tidegate::gateway
