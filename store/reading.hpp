#pragma once

#include <cstdint>
#include <string>
#include <variant>

// The vocabulary of the product: what a device says, once understood.
namespace tidegate::store {

// A series is a topic and a field in its payload (docs/api.md). Ids are small, dense, start at 1 and keep
// their meaning as long as the data directory lives. 0 is no series.
using SeriesId = std::uint32_t;

using Value = std::variant<bool, std::int64_t, double, std::string>;

namespace flag {
inline constexpr std::uint8_t retained = 1;        // the broker kept it: old, never to be taken for fresh
inline constexpr std::uint8_t unsynchronised = 2;  // stamped before the clock of this boot was set
}  // namespace flag

struct Reading {
    SeriesId series = 0;
    std::int64_t time_ms = 0;  // since the Unix epoch, UTC; 0 to latest_ms (base/time_text.hpp)
    Value value;
    std::uint8_t flags = 0;
};

// A reading in the log. `seq` grows by one a reading, never restarts while the epoch of the log stays.
struct Record {
    std::uint64_t seq = 0;
    Reading reading;
};

// A reading without its series.
struct Point {
    std::int64_t time_ms = 0;
    Value value;
    std::uint8_t flags = 0;

    bool operator==(const Point& other) const;  // bit for bit: NaN equals itself, -0.0 is not 0.0
};

// 0/1 for a boolean; NaN for text.
double as_number(const Value& value);

}  // namespace tidegate::store
