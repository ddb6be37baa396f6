#pragma once

#include "base/error.hpp"
#include "measure.hpp"
#include "store/store.hpp"
#include "store_workload.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bench {

// A data directory and how far into its workload it has been fed; kept beside it in NAME.stream, so that
// another process can go on from there.
class Stream {
public:
    static Stream begin(const std::filesystem::path& directory, Profile profile, std::uint64_t seed);
    static Result<Stream> resume(const std::filesystem::path& directory);
    static bool exists(const std::filesystem::path& directory);

    const std::filesystem::path& directory() const { return directory_; }
    Profile profile() const { return profile_; }
    Workload& workload() { return workload_; }
    void save() const;

private:
    Stream(std::filesystem::path directory, Profile profile, std::uint64_t seed)
        : directory_(std::move(directory)),
          profile_(profile),
          seed_(seed),
          workload_(profile, seed)
    {
    }
    std::filesystem::path directory_;
    Profile profile_;
    std::uint64_t seed_;
    Workload workload_;
};

// The store's defaults, but that each append of `readings` is one commit, however fast they come: nothing
// else makes it commit.
store::StoreOptions commits_of(std::size_t readings);

// No sealing by amount until seal_all(), up to this many readings.
void keep_hot(store::StoreOptions& options, std::size_t readings);

// Opens it with the wall clock where the stream has come to, and knows its series.
Result<std::unique_ptr<store::Store>> open_store(Stream& stream, store::StoreOptions options);

struct Pace {
    std::size_t batch = 1000;  // readings an append
    double rate = 0;           // readings a second; 0: as fast as they are taken
    bool numbered = false;     // each batch carries its number as the tail of the intake ring
};

struct Fed {
    std::uint64_t readings = 0;
    double seconds = 0;
    double cpu_seconds = 0;  // of the process, without what the generator took
};

// Feeds the next `readings` of the stream and flushes. `appended` is told of each batch just before it is
// handed over.
Result<Fed> feed(store::Store& store,
                 Stream& stream,
                 std::uint64_t readings,
                 const Pace& pace,
                 const std::string& what,
                 const std::function<void(std::uint64_t number)>& appended = {});

}  // namespace tidegate::bench
