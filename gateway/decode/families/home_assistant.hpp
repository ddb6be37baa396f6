#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Discovery as Home Assistant's MQTT integration reads it: PREFIX/COMPONENT/[NODE/]OBJECT/config for one
// entity, PREFIX/device/OBJECT/config for a device with its components, keys in full or abbreviated, "~" for
// a base topic. It binds names, units, classes and availability to the topics that it speaks of. An empty
// payload takes it back.
extern const Family home_assistant;

}  // namespace tidegate::gateway
