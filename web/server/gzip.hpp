#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tidegate::web {

std::string gzipped(std::string_view plain, int level);

// For what we packed ourselves. `most`: bound of the result.
Result<std::string> gunzipped(std::string_view packed, std::size_t most);

}  // namespace tidegate::web
