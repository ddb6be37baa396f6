#pragma once

#include "support/crash_vfs.hpp"
#include "support/ledger.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tidegate::tests {

using Moment = std::chrono::steady_clock::time_point;

// What the store had said by a moment of its recorded life; `position` operations were done then.
struct Fact {
    enum class Kind : std::uint8_t {
        opened,        // Store::open returned
        appended,      // append() of a batch is about to be called
        committed,     // on_committed told of a batch
        flushed,       // flush() had confirmed everything up to a batch
        delivered,     // a LogReader had given everything up to a seq
        acknowledged,  // acknowledge() is about to be called for a seq
        kept,          // flush() had returned after the acknowledgement of a seq
    };
    Kind kind = Kind::appended;
    std::string upstream;
    std::uint64_t value = 0;
    std::size_t position = 0;
    Moment at;
};

// A stretch in which this process did not get the processor: no store can keep a deadline through it.
struct Stall {
    Moment from, to;
};

inline constexpr auto fast_upstream = "cloud";  // acknowledges at once
inline constexpr auto slow_upstream = "lake";   // lags behind, and holds up the trimming of the log

// A stretch of a store's life under a CrashVfs: everything it did to its files, and everything it promised.
struct Recording {
    std::vector<DiskOp> ops;
    std::vector<Fact> facts;
    std::vector<Stall> stalls;
    Ledger ledger{0, 0};                             // all of it, also what a cut will take
    std::uint64_t start_batch = 0;                   // what was there before
    std::map<std::uint64_t, std::uint64_t> numbers;  // seq to number of the reading, as given to an upstream
    std::uint64_t start_delivered = 0;               // highest seq in it at the start
    std::map<std::string, std::uint64_t> start_cursors;
    int failed_syncs = 0;
    std::string failure;  // why the stretch broke off; empty: it did not
};

struct LoadOptions {
    store::StoreOptions store;
    int batches = 400;
    std::uint64_t seed = 1;

    // One after the other, one sync of a file whose name ends so fails. flush() and seal_all() are then
    // called again until they succeed.
    std::vector<std::string> failing_syncs;
};

// Opens the store in `options.store.directory`, appends, flushes, seals and delivers for a while, and closes
// it. `ledger` and `numbers` are what the directory holds already, at most: what is missing of it is taken
// for lost in an earlier cut.
Recording record_load(const LoadOptions& options,
                      Ledger ledger,
                      std::map<std::uint64_t, std::uint64_t> numbers);

}  // namespace tidegate::tests
