#include "base/clock.hpp"

#include <sys/timex.h>

#include <ctime>

namespace tidegate {

namespace {

std::int64_t read_ms(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

std::int64_t wall_ms()
{
    return read_ms(CLOCK_REALTIME);
}

std::int64_t boot_ms()
{
    return read_ms(CLOCK_BOOTTIME);
}

bool clock_synchronised()
{
    timex state{};
    return adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace tidegate
