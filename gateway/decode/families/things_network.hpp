#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// The Things Network and Stack, version 3: v3/APP@TENANT/devices/DEVICE/up and what else happens to a device.
extern const Family things_network;

}  // namespace tidegate::gateway
