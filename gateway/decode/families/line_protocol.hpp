#pragma once

#include "gateway/decode/decoded.hpp"

#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

// Whether it could be: a cheap look that most texts fail.
bool looks_like_line_protocol(std::string_view text);

// InfluxDB line protocol, a line a point. A field becomes the pointer "/measurement/field"; the tags but
// `topic` say which source it is. A time counts `unit_ns` nanoseconds; 0: it says itself, by its size,
// whether it is in nano-, micro-, milliseconds or seconds. Of several lines the good ones are kept. Rejected:
// the first line is none. Pure.
Decoded read_line_protocol(std::string_view text, const DecodeLimits& limits, std::int64_t unit_ns = 0);

}  // namespace tidegate::gateway
