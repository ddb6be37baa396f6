#pragma once

#include <string>

namespace tidegate::gateway {

// The time zone of this machine by its name, like "Europe/Berlin"; empty: it has none that can be named.
std::string time_zone();

}  // namespace tidegate::gateway
