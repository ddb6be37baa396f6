#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Wiren Board: /devices/DEVICE/controls/CONTROL, with what is said of it under …/meta.
extern const Family wirenboard;

}  // namespace tidegate::gateway
