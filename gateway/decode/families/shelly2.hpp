#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Shelly of the second generation and later: PREFIX/events/rpc and PREFIX/status/COMPONENT. A status names
// what has changed and no more: what it leaves out stays as it was, as each value is a series of its own.
extern const Family shelly2;

}  // namespace tidegate::gateway
