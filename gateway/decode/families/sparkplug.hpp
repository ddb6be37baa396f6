#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Sparkplug B: births name the metrics, data may use their aliases. A sequence that has a gap, or data before
// any birth, asks for a rebirth.
extern const Family sparkplug_b;

}  // namespace tidegate::gateway
