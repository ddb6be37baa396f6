#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// The part of one series in a round: its readings, rising in time, or its minutes or hours.
struct SealedRow {
    SeriesId series = 0;
    std::uint64_t count = 0;  // of points or of rollups
    std::string body;         // a chunk from the start of the day, or encode_rollups()
};

// The parts of some series, one after the other in one row of a file: in a row each, a tenth of the file
// would be of no use. Each part has a checksum of its own, so that damage to one leaves the others.
enum class PartKind : std::uint8_t { points = 2, rollups = 3 };

struct SealedPart {
    SeriesId series = 0;
    std::uint64_t count = 0;
    std::uint32_t checksum = 0;
    std::string_view body;  // within the row

    bool is_sound() const;
};

struct SealedGroup {
    PartKind kind = PartKind::points;
    std::vector<SealedPart> parts;  // by rising series
};

// `id`: of the row, whose checksum it is part of. Rows in order of series.
std::string encode_group(std::int64_t id, PartKind kind, std::span<const SealedRow> rows);

// Errors: corrupt, what says where the parts are is not what was written.
Result<SealedGroup> read_group(std::int64_t id, std::string_view blob);

// How many of the rows, from the first on, are to be a group of about so many bytes; at least one.
std::size_t group_length(std::span<const SealedRow> rows, std::size_t bytes);

}  // namespace tidegate::store
