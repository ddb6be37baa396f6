#pragma once

#include "store/reading.hpp"

#include <string>

namespace tidegate::gateway {

// A value as a device would write it: "21.5", "true", "open". Pure.
std::string text_of(const store::Value& value);

}  // namespace tidegate::gateway
