#pragma once

#include "store/reading.hpp"
#include "store/sealed_cache.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace tidegate::store {

// Sealed readings by slot, for upstreams that were away for longer than the log reaches back. A round of a
// day has its readings in order of series and time, and its first one has the slot that the round says: the
// same order each time. Used by one thread at a time.
class Backfill {
public:
    explicit Backfill(const std::filesystem::path& directory) : directory_(directory), files_(directory) {}

    // The first slot from `slot` on that has a reading; none: there is none.
    std::optional<std::uint64_t> next(std::uint64_t slot);

    // Up to `limit` readings from `slot` on, of one day's part of a round, with their slots for a seq.
    // Damaged rows are passed over. Empty: there is none up to the end of the part.
    Result<std::vector<Record>> read(std::uint64_t slot, std::size_t limit);
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
        std::vector<Point> points;  // none: the row is damaged
    };

    void list();
    Result<> read_row(SealedFile& file, const Part& part, std::uint64_t slot);

    std::filesystem::path directory_;
    SealedCache files_;
    std::map<std::uint64_t, Part> parts_;  // by first slot
    Row row_;
};

}  // namespace tidegate::store
