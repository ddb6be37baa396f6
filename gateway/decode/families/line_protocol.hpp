#pragma once

#include "gateway/decode/decoded.hpp"

#include <string_view>

namespace tidegate::gateway {

// Whether it could be: a cheap look that most texts fail.
bool looks_like_line_protocol(std::string_view text);

// InfluxDB line protocol, a line a point. A field becomes the pointer "/measurement/field"; the tags but
// `topic` say which source it is. A time is in nanoseconds; one that is too small for that, in micro-,
// milliseconds or seconds. Of several lines the good ones are kept. Rejected: the first line is none. Pure.
Decoded read_line_protocol(std::string_view text, const DecodeLimits& limits);

}  // namespace tidegate::gateway
