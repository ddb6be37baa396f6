#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string_view>

namespace tidegate {

// A file of that name is a whole one at any time, also after a power cut: it is written under another name
// first (`file`.new), and synced. Mode 0600. Errors: unavailable.
Result<> write_whole_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace tidegate
