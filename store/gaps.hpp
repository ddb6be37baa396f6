#pragma once

#include "base/error.hpp"
#include "store/database.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::store {

// Something that was kept is kept no more, or only in part: what, of which series, from when to when, and
// why.
struct Gap {
    std::int64_t at_ms = 0;  // when it was given up
    std::string what;      // "readings thinned to minutes", "minutes dropped", "unsent readings given up" …
    std::string reason;    // "bytes", "age", "disk", "buffer"
    std::string upstream;  // that will not get them; empty: none is concerned
    std::int64_t from_ms = 0;  // the range of their times; 0 to 0 where it is not known
    std::int64_t to_ms = 0;    // inclusive
    std::uint64_t count = 0;   // readings, or minutes or hours where `what` speaks of these
    std::vector<std::pair<SeriesId, std::uint64_t>> series;  // how many of each; empty where not known
};

// gaps.db: the newest of what was given up, for ever said. Any thread; one small lock around one connection.
// A gap that cannot be written (the disk is full: that is when they come) is kept in memory and written with
// the next.
class GapBook {
public:
    explicit GapBook(std::filesystem::path directory) : directory_(std::move(directory)) {}

    void add(Gap gap);

    // Up to `limit` gaps, the newest first, without their series.
    Result<std::vector<Gap>> newest(std::size_t limit);

private:
    struct File {
        Database database;
        Statement insert, trim;
    };

    Result<> write(const Gap& gap);
    Result<> open();

    std::filesystem::path directory_;
    mutable std::mutex mutex_;
    std::optional<File> file_;  // none: not needed yet, or it could not be opened
    std::vector<Gap> waiting_;
};

}  // namespace tidegate::store
