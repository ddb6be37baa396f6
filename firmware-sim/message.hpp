#pragma once

#include <cstdint>
#include <string>

namespace tidegate::sim {

struct Message {
    std::string topic;
    std::string payload;
    bool retained = false;
    std::uint32_t device = 0;  // which one of the fleet, from 1; 0 where it does not matter
    std::uint64_t number = 0;  // its running number, from 1, in loss tests; 0 otherwise
};

}  // namespace tidegate::sim
