#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::sim {

struct Options {
    std::string host = "localhost";
    std::uint16_t port = 1883;
    std::uint32_t devices = 20;
    double rate = 10;     // messages a second of the whole fleet; 0: as fast as the broker takes them
    double duration = 0;  // seconds; 0: until a signal ends it
    int qos = 1;
    std::uint64_t seed = 1;
    std::vector<std::string> shapes;  // names out of shape_names(); never empty after parsing
    bool retain_availability = false;
    bool json = false;
    bool numbered = false;
    std::string acked_file;
    std::string client_id;
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
