// Hostile bytes for rows of minutes and hours; whatever rollups they make must come back from an encoder.
#include "store/rollup_codec.hpp"

#include <cstdlib>
#include <string>

using namespace tidegate::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    std::vector<Rollup> rollups;
    const std::size_t count = 1 + data[0];
    if (!decode_rollups(bytes, 0, minute_ms, count, rollups)) return 0;
    if (rollups.size() != count) std::abort();
    for (std::size_t i = 0; i < count; ++i) {
        if (rollups[i].start_ms % minute_ms != 0 || rollups[i].start_ms < 0) return 0;
        if (i > 0 && rollups[i].start_ms <= rollups[i - 1].start_ms)
            return 0;  // not what an encoder is given
    }
    std::vector<Rollup> back;
    const auto again = encode_rollups(rollups, 0, minute_ms);
    if (!decode_rollups(again, 0, minute_ms, count, back))
        return 0;  // too far from the start, or too long a text
    for (std::size_t i = 0; i < count; ++i)
        if (back[i].start_ms != rollups[i].start_ms || back[i].count != rollups[i].count) std::abort();
    return 0;
}
