#pragma once

#include "gateway/decode/decoder.hpp"

namespace tidegate::gateway {

// Whether it begins as an object, an array or a quoted text.
bool looks_like_json(std::string_view text);

// The values of a JSON text with their pointers, in order. Left out: null, and text that is a date and time
// (it says when, and is no measurement). Integers beyond 64 bits become doubles; a repeated key counts each
// time.
Decoded read_json(std::string_view text, const DecodeLimits& limits);

}  // namespace tidegate::gateway
