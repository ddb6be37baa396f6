#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Shelly of the first generation: shellies/ID/… with a value a topic.
extern const Family shelly1;

}  // namespace tidegate::gateway
