#pragma once

#include "gateway/decode/decoded.hpp"
#include "gateway/ingest/unpacked_post.hpp"

#include <string_view>

namespace tidegate::gateway {

// Cuts a JSON body (docs/api.md, POST /api/v1/readings) into messages: readings that follow each other on one
// topic become one of bridge::Form::readings, a payload one as if it came by MQTT. All of it is good, or
// nothing is taken. Pure.
UnpackedPost unpack_readings(std::string_view body, const DecodeLimits& limits);

// The payload of a message of readings: a JSON list of [field, time in ms or 0, value]. Pure.
Decoded read_posted_readings(std::string_view payload, const DecodeLimits& limits);

}  // namespace tidegate::gateway
