#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidegate {

// A file of that name is a whole one at any time, also after a power cut: it is written under another name
// first (`file`.new), and synced. Mode 0600. Errors: denied, unavailable.
Result<> write_whole_file(const std::filesystem::path& file, std::string_view bytes);

// What was made or renamed in a folder is on the disk. Errors: unavailable.
Result<> sync_folder(const std::filesystem::path& folder);

// Of a plain file; what is in its place, a pipe say, blocks nobody. Errors: not_found; denied; invalid (it is
// no plain file, or larger than `most`); unavailable.
Result<std::string> read_whole_file(const std::filesystem::path& file, std::size_t most = 1024 * 1024);

// Likewise, of one that nobody but its owner and its group can read or change (denied).
Result<std::string> read_secret_file(const std::filesystem::path& file);

}  // namespace tidegate
