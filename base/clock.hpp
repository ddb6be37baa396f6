#pragma once

#include <cstdint>

namespace tidegate {

// Milliseconds since the Unix epoch, UTC. What users see; may jump when the clock is set.
std::int64_t wall_ms();

// Milliseconds since boot, sleep included. Never jumps; what every interval and every order is measured by.
std::int64_t boot_ms();

// Whether the kernel believes that the wall clock is right (set by NTP or the like; adjtimex(2), STA_UNSYNC).
bool clock_synchronised();

}  // namespace tidegate
