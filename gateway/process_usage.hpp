#pragma once

#include <cstdint>

namespace tidegate::gateway {

// What this process has taken so far, from getrusage(2) and /proc/self/statm.
struct ProcessUsage {
    double cpu_seconds = 0;
    std::uint64_t rss_bytes = 0;
};

ProcessUsage process_usage();

}  // namespace tidegate::gateway
