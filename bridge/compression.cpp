#include "bridge/compression.hpp"

#include "base/gzip.hpp"

#include <fmt/core.h>
#include <zstd.h>

namespace tidegate::bridge {

namespace {

constexpr int gzip_level = 3;  // half the CPU of 6, zlib's own, for an eighth more bytes
constexpr int zstd_level = 3;  // zstd's own

Result<std::string> by_zstd(std::string_view plain)
{
    std::string packed(::ZSTD_compressBound(plain.size()), '\0');
    const auto size = ::ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstd_level);
    if (::ZSTD_isError(size) != 0)
        return Error{ErrorKind::internal, fmt::format("zstd: {}", ::ZSTD_getErrorName(size))};
    packed.resize(size);
    return packed;
}

}  // namespace

Result<std::string> compressed(std::string plain, Compression how)
{
    switch (how) {
    case Compression::none: break;
    case Compression::gzip: return gzipped(plain, gzip_level);
    case Compression::zstd: return by_zstd(plain);
    }
    return plain;
}

std::string_view encoding_of(Compression how)
{
    switch (how) {
    case Compression::none: break;
    case Compression::gzip: return "gzip";
    case Compression::zstd: return "zstd";
    }
    return {};
}

}  // namespace tidegate::bridge
