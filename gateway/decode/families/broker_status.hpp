#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// $SYS: what a broker says of itself.
extern const Family broker_status;

}  // namespace tidegate::gateway
