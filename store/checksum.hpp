#pragma once

#include <cstdint>
#include <string_view>

namespace tidegate::store {

// CRC-32C (Castagnoli, RFC 3720 B.4), of `bytes` after what gave `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace tidegate::store
