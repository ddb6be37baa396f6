#pragma once

#include "store/database.hpp"

#include <cstdint>

namespace tidegate::store {

// Puts bytes that the kernel may have forgotten under way to the disk back into its hands, so that the next
// sync brings them there. To be called by the one connection that writes and checkpoints, between two
// transactions.

// Writes the frames after `from` up to `through` of the WAL once more as they are, its head with the first.
// Gives the last frame that was as SQLite wrote it; all after it is lost. 0: there is no WAL.
Result<std::uint32_t> rewrite_wal(Database& database, std::uint32_t from, std::uint32_t through);

// Writes the pages that the first `through` frames of the WAL hold into the file once more.
Result<> rewrite_pages(Database& database, std::uint32_t through);

}  // namespace tidegate::store
