#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate {

// "250ms", "10s", "5min", "2h", "7d" (a whole number and a unit) to milliseconds and back.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// "512B", "64KiB", "1TiB" (powers of 1024), "2MB", "30 TB" (powers of 1000) to bytes and back.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
std::string format_bytes(std::uint64_t bytes);

}  // namespace tidegate
