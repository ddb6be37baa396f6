#include "base/gzip.hpp"

#include <fmt/core.h>
#include <new>
#include <zlib.h>

namespace tidegate {
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
    std::string plain(most + 1, '\0');  // one more, so that a longer text shows
    stream.next_in = bytes(packed);
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = bytes(plain);
    stream.avail_out = static_cast<uInt>(plain.size());
    const int state = inflate(&stream, Z_FINISH);
    const bool more = stream.avail_in != 0;  // of several members we would have read one
    const bool longer = stream.total_out > most;
    plain.resize(stream.total_out);
    inflateEnd(&stream);
    if (longer) return Error{ErrorKind::full, fmt::format("more than {} bytes", most)};
    if (state != Z_STREAM_END || more) return Error{ErrorKind::corrupt, "this is no gzip"};
    return plain;
}

}  // namespace tidegate
