#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// rtl_433: PREFIX/rtl_433/…, events with a whole reception or a value a topic. Model and id name the device.
extern const Family rtl_433;

}  // namespace tidegate::gateway
