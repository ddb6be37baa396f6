#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidegate::web {

// What a device says that it can be told, of one of its series: as discovery, a description or what it
// exposes has it.
struct ControlFacts {
    std::string topic, field;  // of the series that shows what became of it; of one that is not shown: empty
    std::string name, device;  // as the device says; may be empty
    std::string kind;          // "switch", "number", "select", "text", "button"
    std::string command;       // topic that the command goes to
    std::string shape;         // its payload, with %v where the value stands; "%v": the value itself
    std::vector<std::string> values{};  // of a switch: on and off (and toggle, where there is one); of a
                                        // select all; of a button the one
    std::optional<double> least{}, most{}, step{};  // of a number
    std::string unit{};                             // likewise
};

}  // namespace tidegate::web
