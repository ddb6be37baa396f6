#pragma once

#include "store/sealed_file.hpp"

#include <sys/types.h>

#include <filesystem>
#include <list>

namespace tidegate::store {

// The sealed files that were read last, kept open: opening one costs more than a day's query. Used by one
// thread at a time.
class SealedCache {
public:
    static constexpr std::size_t usual_open = 12;

    // `most_open`: files, each of which has up to 2 MiB of pages in memory.
    explicit SealedCache(std::filesystem::path directory, std::size_t most_open = usual_open)
        : directory_(std::move(directory)),
          most_open_(most_open)
    {
    }

    // As it is on the disk now; nullptr: there is no such file. The last two stay valid.
    Result<SealedFile*> get(Tier tier, std::int64_t period);

private:
    struct Open {
        Tier tier;
        std::int64_t period;
        ino_t inode;  // a file that was set aside and made anew is another one
        SealedFile file;
    };

    std::filesystem::path directory_;
    std::size_t most_open_;
    std::list<Open> open_;  // last used first
};

}  // namespace tidegate::store
