// Hostile bytes for the chunks of history, and whatever points they make must come back from an encoder.
#include "store/chunk_codec.hpp"

#include <cstdlib>
#include <string>

using namespace tidegate::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    std::vector<Point> points;
    if (!decode_chunk(bytes, 0, 100'000, points)) return 0;
    std::string again;
    ChunkEncoder(0).add(points, again);
    std::vector<Point> back;
    // A long text that many points share may be more than a second reading is allowed to make.
    if (decode_chunk(again, 0, points.size(), back) && back != points) std::abort();
    return 0;
}
