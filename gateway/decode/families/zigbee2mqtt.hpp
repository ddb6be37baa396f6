#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// zigbee2mqtt/FRIENDLY/NAME, with JSON or an attribute a topic. What a device exposes is learned from
// bridge/devices.
extern const Family zigbee2mqtt;

}  // namespace tidegate::gateway
