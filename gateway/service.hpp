#pragma once

// The service manager's side of things (sd_notify(3)); every call does nothing when we do not run under
// systemd.
namespace tidegate::gateway::service {

void ready();
void reloading();  // until ready() is said again
void stopping();
void alive();  // feeds the watchdog

}  // namespace tidegate::gateway::service
