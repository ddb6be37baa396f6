#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// ESPHome: NODE/COMPONENT/ID/state.
extern const Family esphome;

}  // namespace tidegate::gateway
