#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>

// Files that nobody else may read: 0600, in directories of 0700.
namespace tidegate::web {

Result<> make_private_directory(const std::filesystem::path& directory);

// All of it or nothing, also over a power cut. Writes nothing where it holds just this.
Result<> write_private_file(const std::filesystem::path& file, const std::string& text);

// Errors: not_found; denied (others can read or change it, or we cannot); invalid (it is no plain file, or
// larger than 1 MiB).
Result<std::string> read_private_file(const std::filesystem::path& file);

Result<std::string> read_whole_file(const std::filesystem::path& file);  // the same, whoever may read it

}  // namespace tidegate::web
