#pragma once

#include <span>
#include <string_view>

namespace tidegate::web {

// One file of the built dashboard, inside the binary.
struct Asset {
    std::string_view path;      // "/index.html"
    std::string_view etag;      // quoted; from the SHA-256 of the plain bytes
    std::string_view packed;    // gzip
    std::size_t size = 0;       // plain
    std::string_view brotli{};  // empty: it was built without, or is not smaller
};

// Sorted by path; empty when the binary was built without the dashboard. Defined by embed_assets.cmake.
std::span<const Asset> embedded_assets();

}  // namespace tidegate::web
