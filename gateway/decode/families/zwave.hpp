#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Z-Wave JS UI: zwave/NODE/CLASS/ENDPOINT/PROPERTY, a bare value, a value with its time, or the whole value
// object.
extern const Family zwave;

}  // namespace tidegate::gateway
