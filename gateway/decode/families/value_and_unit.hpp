#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Trees with the value of a thing on THING/value and its unit on THING/unit.
extern const Family value_and_unit;

}  // namespace tidegate::gateway
