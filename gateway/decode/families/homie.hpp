#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Homie 3, 4 (attributes a topic) and 5 ($description).
extern const Family homie;

}  // namespace tidegate::gateway
