#pragma once

#include "base/error.hpp"
#include "results.hpp"
#include "store_workload.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

// What tidegate_store_bench measures of the store, each by itself in a process of its own.
namespace tidegate::bench {

struct Place {
    std::filesystem::path directory;  // where the data directories are made
    std::uint64_t seed = 1;
    Results results;
};

// Feeds `readings` as fast as they are taken, 1,000 a commit and a sync about every tenth, and seals. Gives
// CPU and bytes at rest, and leaves the data directory for the steps below. Fails when history does not give
// back as many readings as were fed.
Result<> measure_fill(const Place& place, Profile profile, std::uint64_t readings);

// Feeds at a rate, in real time, and counts what the device is written. Log and sealing apart: the store is
// closed in between, so that every checkpoint that is owed is paid by the part that owes it.
struct WrittenPlan {
    double rate = 1000;
    std::size_t commit = 250;
    double seconds = 120;
    double steady_seconds = 0;  // > 0: also all in one run with the default limits, sealing beside it
    std::size_t hot = 0;        // readings in memory when it begins and seals; 0: most of the default limit
};
Result<> measure_written(const Place& place, const WrittenPlan& plan);

// One day of 1 and 10 series, and 29 days (or what is there) of one, of the filled L.
Result<> measure_queries(const Place& place, std::size_t runs);

// Goes on from the filled S.
Result<> measure_ready(const Place& place, std::uint64_t unsealed, std::size_t runs);
Result<> measure_memory(const Place& place, double hours, double speed);

Result<> measure_replay(const Place& place, std::uint64_t readings, std::size_t runs);
Result<> measure_purge(const Place& place, double days);

// Feeds 5,000 readings/s in commits of 500 while the store has to seal, and times each commit.
Result<> measure_commits(const Place& place, double seconds);

// Parts of the above that are processes of their own. Neither returns: they end as if they had been killed.
Result<> feed_and_die(const std::filesystem::path& directory,
                      std::uint64_t readings,
                      bool keep_all_hot,
                      std::uint64_t seed);
Result<> open_and_die(const std::filesystem::path& directory, std::size_t hot, Results& results);

}  // namespace tidegate::bench
