#pragma once

#include <stdexcept>
#include <string>
#include <zlib.h>

namespace tidegate::tests {

// What a gzip member holds. Throws when it is none.
inline std::string gunzip(std::string packed, std::size_t most = 10'000'000)
{
    std::string out(most, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) throw std::runtime_error("zlib does not start");
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    if (ended != Z_STREAM_END) throw std::runtime_error("not a whole gzip member");
    return out;
}

}  // namespace tidegate::tests
