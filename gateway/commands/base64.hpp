#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// RFC 4648, 4, with its padding. None: it is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tidegate::gateway
