#include "web/server/gzip.hpp"

#include <algorithm>
#include <stdexcept>
#include <zlib.h>

namespace tidegate::web {
namespace {

constexpr int gzip_window = 15 + 16;  // 16: with gzip's header, not zlib's

// zlib reads through a pointer that is not const, and does not write.
Bytef* bytes(std::string_view text)
{
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

}  // namespace

std::string gzipped(std::string_view plain, int level)
{
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string packed(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = bytes(plain);
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = bytes(packed);
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

Result<std::string> gunzipped(std::string_view packed, std::size_t most)
{
    z_stream stream{};
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
    std::string plain(std::min(most, packed.size() * 4 + 1024), '\0');
    stream.next_in = bytes(packed);
    stream.avail_in = static_cast<uInt>(packed.size());
    int state = Z_OK;
    while (state == Z_OK) {
        if (stream.total_out == plain.size()) {
            if (plain.size() == most) break;
            plain.resize(std::min(most, plain.size() * 2));
        }
        stream.next_out = bytes(plain) + stream.total_out;
        stream.avail_out = static_cast<uInt>(plain.size() - stream.total_out);
        state = inflate(&stream, Z_NO_FLUSH);
    }
    plain.resize(stream.total_out);
    inflateEnd(&stream);
    if (state != Z_STREAM_END) return Error{ErrorKind::corrupt, "inflating a packed asset failed"};
    return plain;
}

}  // namespace tidegate::web
