#pragma once

#include "firmware-sim/options.hpp"
#include "firmware-sim/source.hpp"

#include <iosfwd>
#include <memory>

namespace tidegate::sim {

// What the options ask for: a fleet, a recording or running numbers. They outlive it. std::runtime_error: a
// recording that cannot be read.
std::unique_ptr<Source> source_of(const Options& options);

// The first `options.print` messages, a line each, by a clock that starts at options.start_ms. The same
// options give the same bytes.
void print_messages(const Options& options, std::ostream& out);

}  // namespace tidegate::sim
