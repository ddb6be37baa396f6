#pragma once

#include "base/error.hpp"
#include "store/bytes.hpp"
#include "store/reading.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tidegate::store {

// A reading without its series.
struct Point {
    std::int64_t time_ms = 0;
    Value value;
    std::uint8_t flags = 0;

    bool operator==(const Point& other) const;  // bit for bit: NaN equals itself, -0.0 is not 0.0
};

// Points of one series as columns: times as differences of differences, decimals as scaled integers, text by
// dictionary (docs/store-format.md, "Points"). Every value comes back bit for bit. The block knows its own
// length.
void encode_points(std::span<const Point> points, std::int64_t base_ms, ByteWriter& out);

// The other way. Any bytes are safe to give: what is not a block is `corrupt`, never read out of bounds, and
// never makes more than `most` points.
Result<std::vector<Point>> decode_points(ByteReader& in, std::int64_t base_ms, std::size_t most);

}  // namespace tidegate::store
