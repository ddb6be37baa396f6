#pragma once

#include "firmware-sim/latency.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tidegate::sim {

// What a run came to.
struct Account {
    std::uint64_t published = 0;     // different messages; a repeated one counts once
    std::uint64_t acknowledged = 0;  // with QoS 0: written to the socket
    std::uint64_t repeated = 0;      // sent again after a reconnect
    std::uint64_t reconnects = 0;
    double seconds = 0;                           // from the first connection to the last acknowledgement
    double cpu_seconds = 0;                       // of the whole process, user and system
    Latency puback;                               // from the first sending to the acknowledgement
    std::uint64_t bytes = 0;                      // of the payloads of what was published
    std::map<std::string, std::uint64_t> faults;  // done on purpose: how often, by name

    std::uint64_t failed() const { return published - acknowledged; }
    double rate() const;
    double cpu_us_per_message() const;
};

std::string as_text(const Account& account);
std::string as_json(const Account& account);

}  // namespace tidegate::sim
