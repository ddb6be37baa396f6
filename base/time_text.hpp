#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate {

inline constexpr std::int64_t latest_ms = 253'402'300'799'999;  // the end of the year 9999

// A time as people and programs write it, in milliseconds since the Unix epoch:
//   2026-11-24T16:00:00.250+01:00, 2026-11-24T15:00Z, 2026-11-24 15:00 (without a zone: UTC), 2026-11-24,
//   1795532400000 (milliseconds since the epoch), now, -24h (so long before `now_ms`; units as in
//   parse_duration()).
// None: it is none of these, or out of the years 1970 to 9999.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms);

// ISO 8601 in UTC with milliseconds, as "2026-11-24T15:00:00.250Z"; appended to `out`.
void append_time(std::string& out, std::int64_t time_ms);
std::string format_time(std::int64_t time_ms);

}  // namespace tidegate
