#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tidegate {

// The text as a gzip member (RFC 1952). `level`: zlib's, 1 (fast) to 9 (small). Pure.
std::string gzipped(std::string_view plain, int level);

// The other way round. `most`: bound of the result. Errors: corrupt; full, it is longer. Pure.
Result<std::string> gunzipped(std::string_view packed, std::size_t most);

}  // namespace tidegate
