#pragma once

#include "gateway/decode/decoded.hpp"

#include <string_view>

namespace tidegate::gateway {

// CBOR (RFC 8949): one item that is a map or an array, and nothing behind it. Keys of maps may be integers,
// which become steps of the pointer as they print. Tags are looked through; byte strings are no readings.
// Pure.
Decoded read_cbor(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway
