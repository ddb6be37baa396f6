#pragma once

#include "store/reading.hpp"
#include "store/sealed_cache.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tidegate::store {

// Sealed readings by slot, for upstreams that were away for longer than the log reaches back. A round of a
// day has its readings in order of series and time, and its first one has the slot that the round says: the
// same order each time. Used by one thread at a time.
class Backfill {
public:
    explicit Backfill(const std::filesystem::path& directory) : directory_(directory), files_(directory) {}

    // The first slot from `slot` on that has a reading; none: there is none. Errors: corrupt, of a file that
    // may have it.
    Result<std::optional<std::uint64_t>> next(std::uint64_t slot);

    // Up to `limit` readings from `slot` on, of one day's part of a round, with their slots for a seq. Empty:
    // there is none up to the end of the part. Errors: corrupt, where there was nothing before it to give.
    Result<std::vector<Record>> read(std::uint64_t slot, std::size_t limit);

    // The day that the last corrupt was about, once: to be mended.
    std::optional<std::int64_t> take_damaged() { return std::exchange(damaged_, std::nullopt); }

    // Once it is mended: where the readings go on behind those that were passed before the damage, not before
    // `slot`.
    std::uint64_t after_mending(std::uint64_t slot);
    std::uint64_t part_end(std::uint64_t slot) const;  // the slot behind the part that `slot` is in

private:
    struct Part {
        std::uint64_t count;
        std::int64_t day;
        std::int64_t n;
    };
    struct Row {  // the one that was read last: a large one is read bit by bit
        std::uint64_t first_slot = 0;
        std::uint64_t count = 0;
        SeriesId series = 0;
        std::vector<Point> points;
    };
    struct Stop {  // where damage was met: before this series of this part all is passed
        std::int64_t day = 0, n = 0;
        SeriesId series = 0;
    };

    Result<> list();
    Result<> read_row(SealedFile& file, const Part& part, std::uint64_t slot);

    std::filesystem::path directory_;
    SealedCache files_;
    std::map<std::uint64_t, Part> parts_;  // by first slot
    Row row_;
    std::optional<std::int64_t> damaged_;
    Stop stop_;
};

}  // namespace tidegate::store
