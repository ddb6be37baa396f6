#pragma once

#include "gateway/decode/decoded.hpp"

#include <string_view>

namespace tidegate::gateway {

// MessagePack: one map or array, and nothing behind it. Keys of maps may be integers, which become steps of
// the pointer as they print; a float32 is the decimal that it was meant to be. Binary values and extensions
// are no readings. Pure.
Decoded read_message_pack(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway
