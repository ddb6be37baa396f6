#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace tidegate::store {

// How far a backup is.
struct BackupProgress {
    std::string file;         // being copied
    std::uint64_t bytes = 0;  // of all files, copied so far
    std::uint64_t total = 0;  // as it was at the beginning
};

// Copies a data directory to `target`, which must not exist or be empty, while a gateway works in it: the
// copy is the store as it was at one moment, and a gateway can be started on it. The log goes first; what was
// sealed after that is taken out of the copies of sealed files again, for it is in the log's copy. Runs in
// any process. Bytes are the size of the files: nothing is held in memory. `told` is called now and then;
// false from it ends the backup (unavailable).
Result<> back_up(const std::filesystem::path& directory,
                 const std::filesystem::path& target,
                 const std::function<bool(const BackupProgress&)>& told);

}  // namespace tidegate::store
