#pragma once

#include "store/database.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidegate::store {

inline constexpr std::int64_t bucket_ms = 4LL * 3600 * 1000;
inline constexpr std::int64_t day_ms = 24LL * 3600 * 1000;

// The sealed points of one series in one bucket; a bucket may have several chunks (late readings, early
// sealing).
struct Chunk {
    SeriesId series = 0;
    std::int64_t bucket = 0;    // time / bucket_ms
    std::uint64_t seq_hi = 0;   // highest seq in it
    std::vector<Point> points;  // rising in time; those of the same time in order of arrival
};

// day-YYYYMMDD.db: the sealed history of one UTC day. Chunks are only ever added, key in order of time; a day
// is purged by deleting its file. Used by one thread at a time; the sealer writes, queries read with handles
// of their own.
class DayFile {
public:
    static std::filesystem::path path(const std::filesystem::path& directory,
                                      std::int64_t day);  // time / day_ms
    static std::optional<std::int64_t> day_of(
        const std::filesystem::path& file);  // none: not a day file's name

    // To read it: not_found when its making was cut short, by a full disk or a power cut; it holds nothing
    // then.
    static Result<DayFile> open(const std::filesystem::path& file, Access access);

    Result<> add(std::span<const Chunk> chunks);  // one transaction, on the disk when it returns

    // Adds the points of a series in a bucket, chunk by chunk in the order of sealing. A damaged chunk is an
    // error.
    Result<> read(SeriesId series, std::int64_t bucket, std::vector<Point>& points);

    // Highest seq sealed for a series in a bucket; 0 when there is none.
    Result<std::uint64_t> sealed_through(SeriesId series, std::int64_t bucket);

    // For each series in the file, its last chunk by time.
    Result<std::vector<Chunk>> last_chunks();

private:
    Database database_;
    Statement insert_, read_, last_;
};

}  // namespace tidegate::store
