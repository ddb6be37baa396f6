#pragma once

#include "gateway/decode/decoded.hpp"

#include <string_view>

namespace tidegate::gateway {

// MessagePack: one map or array, and nothing behind it. Binary values and extensions are no readings. Pure.
Decoded read_message_pack(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway
