#pragma once

#include "gateway/decode/decoded.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// When a device says that it measured, in milliseconds since the Unix epoch, UTC. 0: that is not known. All
// of it is pure.
namespace tidegate::gateway {

// Of an RFC 3339 text. A local time, without "Z" or an offset, is not taken for UTC: 0.
std::int64_t zoned_time(std::string_view text);

// Of the text at this pointer that says when.
std::int64_t time_at(const Decoded& decoded, std::string_view pointer);

std::int64_t time_from_seconds(const store::Value& value);       // of a number
std::int64_t time_from_milliseconds(const store::Value& value);  // of a number

// The device's time where it can be true: not after the arrival by more than a few minutes, nor older than a
// device holds things back. None: the arrival counts.
std::optional<std::int64_t> believable(std::int64_t device_ms, std::int64_t arrived_ms);

}  // namespace tidegate::gateway
