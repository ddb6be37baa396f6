#pragma once

#include "gateway/config/config.hpp"

#include <string>
#include <vector>

namespace tidegate::gateway {

struct ConfigProblem {
    std::string section;  // "commands", "broker.NAME", "upstream.NAME"
    std::string key;
    std::string what;  // and what to do
};

// What is wrong with the values of a configuration that is complete(): URLs, patterns, filters that overlap,
// two brokers that are one. Looks at no file and asks nobody.
std::vector<ConfigProblem> problems_of(const Config& config);

}  // namespace tidegate::gateway
