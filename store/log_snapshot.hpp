#pragma once

#include "base/error.hpp"
#include "store/hot.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::store {

// What of history is wanted.
struct ArchiveQuery {
    std::function<bool(const Series&)> wanted;                        // empty: every series
    std::int64_t from_ms = std::numeric_limits<std::int64_t>::min();  // inclusive
    std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();    // exclusive
};

// What was in the log and not sealed at one moment, read in any process while a gateway may work in the
// directory. The log is read first and the sealed files after it: what is sealed and trimmed in between is
// then there twice, and not missing. From the files counts what was sealed up to the log's last seq, and of
// the log what is not in it; what is sealed later is therefore in both and is taken from the log.
struct LogSnapshot {
    static Result<std::unique_ptr<LogSnapshot>> take(const std::filesystem::path& directory,
                                                     const ArchiveQuery& query);

    // Rounds of a day up to this seq are part of the snapshot; the readings of later ones are in `hot`, or
    // came after it.
    std::uint64_t sealed_through(std::int64_t day) const;

    HotTable hot;  // what is wanted of it
    std::uint64_t last_seq = 0;
    std::map<std::int64_t, std::uint64_t> through;  // of the days that the log has readings of
    std::vector<Series> series;                     // those that are wanted
    std::size_t damaged = 0;                        // batches that were passed over
};

}  // namespace tidegate::store
