#pragma once

#include "firmware-sim/catalogue.hpp"
#include "firmware-sim/faults.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::sim {

struct Options {
    std::string host = "localhost";
    std::uint16_t port = 1883;
    std::string user, password;  // empty: none
    std::uint32_t devices = 20;
    std::uint32_t connections = 1;
    double rate = 10;     // messages a second of the whole fleet; 0: as fast as the broker takes them
    double ramp = 0;      // seconds in which the rate rises from nothing
    double duration = 0;  // seconds; 0: until a signal ends it
    int qos = 1;
    std::uint64_t seed = 1;
    std::shared_ptr<const Catalogue> catalogue;  // never null after parsing
    std::vector<std::string> shapes;             // names that it knows; never empty after parsing
    FaultRates faults{};
    bool retain_availability = false;
    bool json = false;
    bool numbered = false;
    std::string acked_file;
    std::string client_id;
    std::string replay;         // a recording to play; empty: none
    double speed = 1;           // of it
    std::uint64_t print = 0;    // messages to write instead of publishing them; 0: none
    std::int64_t start_ms = 0;  // of the clock that --print has
};

// What the command line comes to: options to run with, or the status to end with at once (--help, an error);
// what there is to say has then been printed.
struct Parsed {
    Options options;
    bool run = false;
    int status = 0;
};

Parsed parse(int argc, char** argv);

}  // namespace tidegate::sim
