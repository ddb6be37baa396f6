#pragma once

#include <cstdint>

namespace tidegate::sim {

// How many messages are due. Pure: the time since the start comes in, in microseconds.
class Pacer {
public:
    // `per_second` 0: as many as can be sent.
    explicit Pacer(double per_second) : per_second_(per_second) {}

    // How many to send now, at most `room`. What could not be sent within a second is let go: devices that
    // could not publish for a minute do not publish a minute's worth at once.
    std::uint64_t due(std::int64_t now_us, std::uint64_t room);

    // Microseconds until the next one is due, between `shortest` and `longest`.
    std::int64_t wait_us(std::int64_t now_us, std::int64_t shortest, std::int64_t longest) const;

private:
    double per_second_;
    double sent_ = 0;  // of the schedule: those sent and those let go
};

}  // namespace tidegate::sim
