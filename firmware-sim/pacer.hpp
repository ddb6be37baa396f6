#pragma once

#include <cstdint>

namespace tidegate::sim {

// How many messages are due. Pure: the time since the start comes in, in microseconds.
class Pacer {
public:
    // `per_second` 0: as many as can be sent. `ramp_s`: the rate rises evenly from nothing in so many
    // seconds.
    explicit Pacer(double per_second, double ramp_s = 0) : per_second_(per_second), ramp_s_(ramp_s) {}

    // How many to send now, at most `room`. What could not be sent within a second is let go: devices that
    // could not publish for a minute do not publish a minute's worth at once.
    std::uint64_t due(std::int64_t now_us, std::uint64_t room);

    // Microseconds until the next one is due, between `shortest` and `longest`.
    std::int64_t wait_us(std::int64_t now_us, std::int64_t shortest, std::int64_t longest) const;

    double rate(std::int64_t now_us) const;  // messages a second, now

private:
    double scheduled(double seconds) const;  // from the start on

    double per_second_;
    double ramp_s_;
    double sent_ = 0;  // of the schedule: those sent and those let go
};

}  // namespace tidegate::sim
