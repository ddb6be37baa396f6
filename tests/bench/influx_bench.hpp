#pragma once

#include "base/error.hpp"
#include "store_steps.hpp"

#include <cstdint>

namespace tidegate::bench {

// The same readings, in the same order, to a private influxd on a loopback port, and the same questions. Its
// CPU, memory and disk are the server's alone.
struct InfluxPlan {
    std::uint64_t spread_readings = 5'000'000;  // of S, 1,000 a batch
    std::uint64_t other_batches = 2000;         // of 5,000, 250 and 25 each: what the device is written
    std::uint64_t fast_readings = 25'600'000;   // of the ten fast series of L, for the queries
    std::size_t runs = 9;
};
Result<> measure_influx(const Place& place, const InfluxPlan& plan);

}  // namespace tidegate::bench
