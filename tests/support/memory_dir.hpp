#pragma once

#include "support/temp_dir.hpp"

#include <unistd.h>

namespace tidegate::tests {

// Makes TempDir use memory where the machine has such a place: for tests that write much and model the disk
// themselves. Before the first TempDir, from one thread.
inline void keep_temp_dirs_in_memory()
{
    constexpr auto place = "/dev/shm";
    if (::access(place, W_OK) == 0) ::setenv("TMPDIR", place, 1);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace tidegate::tests
