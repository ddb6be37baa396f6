#pragma once

#include "firmware-sim/signal_set.hpp"

#include <vector>

namespace tidegate::sim {

class TomlReader;

// The signals of [device.signals]. std::runtime_error: what is wrong, with file and line.
std::vector<SignalSpec> read_signals(TomlReader& device);

}  // namespace tidegate::sim
