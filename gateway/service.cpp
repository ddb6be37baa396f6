#include "gateway/service.hpp"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <fmt/format.h>

namespace tidegate::gateway::service {

void ready()
{
    sd_notify(0, "READY=1");
}

void reloading()
{
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto us = now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", us).c_str());
}

void stopping()
{
    sd_notify(0, "STOPPING=1");
}

void alive()
{
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace tidegate::gateway::service
