#include "gateway/service.hpp"

#include <systemd/sd-daemon.h>

namespace tidegate::gateway::service {

void ready()
{
    sd_notify(0, "READY=1");
}

void stopping()
{
    sd_notify(0, "STOPPING=1");
}

void status(const std::string& line)
{
    sd_notify(0, ("STATUS=" + line).c_str());
}

void alive()
{
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace tidegate::gateway::service
