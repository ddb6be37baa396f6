#pragma once

#include <cstdint>
#include <functional>

namespace tidegate {

// Milliseconds since the Unix epoch, UTC. What users see; may jump when the clock is set.
std::int64_t wall_ms();

// Milliseconds since boot, sleep included. Never jumps; what every interval and every order is measured by.
std::int64_t boot_ms();

// Whether the kernel believes that the wall clock is right (set by NTP or the like; adjtimex(2), STA_UNSYNC).
bool clock_synchronised();

// Where a part gets them from that must be tested with clocks that jump.
struct ClockSource {
    std::function<std::int64_t()> boot_ms = tidegate::boot_ms;
    std::function<std::int64_t()> wall_ms = tidegate::wall_ms;
    std::function<bool()> synchronised = clock_synchronised;
    std::function<std::uint64_t()> boot_id;  // another one with each boot; empty: the kernel's
};

}  // namespace tidegate
