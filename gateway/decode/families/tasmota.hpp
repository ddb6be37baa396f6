#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// Tasmota: tele/…, stat/… with the default FullTopic, PREFIX anywhere else with a custom one, and what
// tasmota/discovery tells of a device: its name and its topics.
extern const Family tasmota;

}  // namespace tidegate::gateway
