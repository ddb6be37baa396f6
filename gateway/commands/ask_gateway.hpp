#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"

#include <string>

namespace tidegate::gateway {

// The body of the running gateway's answer, at the address that its configuration has. Within 10 s. Who can
// read the gateway's runtime directory asks as its admin. Errors: unavailable (none answers there), invalid
// (it says what is wrong).
Result<std::string> ask_gateway(const Config& config, const std::string& method, const std::string& target);

}  // namespace tidegate::gateway
