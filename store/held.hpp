#pragma once

#include "store/sealed_path.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

namespace tidegate::store {

struct StoreOptions;
struct StoreState;

// How much sealed history is held for upstreams, and how much more it may become before Retention thins what
// is not sent: all that it would take first counts as room. The sealer looks at the files; any thread asks.
class HeldHistory {
public:
    // Looks at all sealed files; only those of readings that have changed are opened.
    void look(const StoreOptions& options, std::int64_t today);

    // Adds what is sealed and not sent to held_bytes, and to held_bytes_most that and the room; sets
    // bytes_a_reading. `sent`: every upstream has the log up to this seq.
    void describe(StoreState& state, std::uint64_t sent) const;

private:
    struct Round {
        std::uint64_t first_seq, count;
    };
    struct Day {
        ino_t inode = 0;
        std::int64_t changed_ns = 0;  // the file's mtime
        std::uint64_t bytes = 0;      // of readings; 0: there are none
        std::uint64_t minutes = 0;    // bytes of minutes
        std::uint64_t count = 0;      // readings
        std::uint64_t through = 0;
        std::vector<Round> rounds;
    };
    using Days = std::map<std::int64_t, Day>;

    static void look_at(const std::filesystem::path& directory, std::int64_t number, Day& day);

    mutable std::mutex mutex_;
    Days days_;
    std::map<std::int64_t, std::uint64_t> months_;  // bytes of hours
    std::int64_t today_ = 0;
    std::int64_t unused_ = 0;  // bytes until a bound is met; below 0: beyond it
};

}  // namespace tidegate::store
