#pragma once

#include "gateway/decode/decoded.hpp"
#include "gateway/ingest/unpacked_post.hpp"

#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

// Cuts line protocol into messages on `topic` (bridge::Form::lines): each line is looked at, the good ones
// are kept as they are. Those that are none become one message that the pipeline rejects, so that the books
// count it. Pure.
UnpackedPost unpack_lines(std::string_view topic,
                          std::string_view text,
                          std::int64_t unit_ns,
                          const DecodeLimits& limits);

// The payload of such a message. Pure.
Decoded read_posted_lines(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway
