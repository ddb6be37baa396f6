#include "bridge/gzip.hpp"

#include <limits>
#include <zlib.h>

namespace tidegate::bridge {

Result<std::string> gzip(std::string_view text)
{
    constexpr int gzip_header = 16;
    constexpr int usual_memory = 8;
    if (text.size() > std::numeric_limits<uInt>::max())
        return Error{ErrorKind::internal, "too much to compress"};

    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + gzip_header, usual_memory,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return Error{ErrorKind::internal, "zlib does not start"};
    std::string out(deflateBound(&stream, text.size()), '\0');
    // zlib takes what it only reads as non-const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (ended != Z_STREAM_END) return Error{ErrorKind::internal, "zlib does not end"};
    return out;
}

}  // namespace tidegate::bridge
