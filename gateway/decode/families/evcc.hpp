#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// evcc: evcc/site/…, evcc/loadpoints/N/…, a value a topic.
extern const Family evcc;

}  // namespace tidegate::gateway
