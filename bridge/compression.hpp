#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tidegate::bridge {

enum class Compression { none, gzip, zstd };

// Errors: internal. Pure.
Result<std::string> compressed(std::string plain, Compression how);

// For the header Content-Encoding; empty for none.
std::string_view encoding_of(Compression how);

}  // namespace tidegate::bridge
