#pragma once

#include "gateway/config/config.hpp"
#include "gateway/doctor/finding.hpp"

namespace tidegate::gateway {

// Each looks at one thing of the machine, and changes nothing but that a directory that is written to is
// tried with a file of its own. None takes long, but on a disk that hangs.
Findings check_clock();
Findings check_memory(const Config& config);
Findings check_state_disk(const Config& config);
Findings check_ring_disk(const Config& config);
Findings check_card(const Config& config);                         // what the card says of its own wear
Findings check_port(const Config& config, bool gateway_is_there);  // whether we could listen

}  // namespace tidegate::gateway
