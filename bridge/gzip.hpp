#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tidegate::bridge {

// The text as a gzip member (RFC 1952). Errors: internal.
Result<std::string> gzip(std::string_view text);

}  // namespace tidegate::bridge
