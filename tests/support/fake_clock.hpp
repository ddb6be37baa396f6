#pragma once

#include "base/clock.hpp"
#include "store/reading.hpp"

#include <atomic>

namespace tidegate::tests {

// Clocks that do what a test says. Lives longer than the store that reads them.
class FakeClock {
public:
    static constexpr std::int64_t november_2026 = 1'795'000'000'000;

    ClockSource source()
    {
        return {[this] { return boot_ms_.load(); }, [this] { return wall_ms(); },
                [this] { return synchronised_.load(); }, [this] { return boot_.load(); }};
    }

    void pass(std::int64_t ms) { boot_ms_ += ms; }
    void step(std::int64_t ms) { offset_ms_ += ms; }
    void synchronise(bool yes = true) { synchronised_ = yes; }

    // The wall clock becomes right, as by NTP.
    void set(std::int64_t wall_ms)
    {
        offset_ms_ = wall_ms - boot_ms_;
        synchronised_ = true;
    }

    // A board without a battery wakes up in 1970.
    void reboot()
    {
        ++boot_;
        boot_ms_ = 20'000;
        offset_ms_ = 0;
        synchronised_ = false;
    }

    std::int64_t wall_ms() const { return boot_ms_ + offset_ms_; }
    std::int64_t boot_ms() const { return boot_ms_; }

    // As the subscriber stamps what arrives now. Inlined, GCC 12 takes its value for a text that is not
    // there.
    [[gnu::noinline]] store::Reading stamp(store::SeriesId series, std::int64_t value) const
    {
        const std::uint8_t flags = synchronised_ ? 0 : store::flag::unsynchronised;
        return {series, wall_ms(), value, flags};
    }

private:
    std::atomic<std::int64_t> boot_ms_ = 20'000, offset_ms_ = 0;
    std::atomic<bool> synchronised_ = false;
    std::atomic<std::uint64_t> boot_ = 1;
};

}  // namespace tidegate::tests
