// Hostile bytes for a row of a sealed file: where its parts are is read before its checksum can be looked at.
#include "store/sealed_group.hpp"

#include <cstdlib>
#include <string>

using namespace tidegate::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::int64_t id = 5LL << 33U | 1;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    if (const auto group = read_group(id, bytes))
        for (const auto& part : group->parts) (void)part.is_sound();

    // And bytes for bodies come back.
    std::vector<SealedRow> rows;
    for (std::size_t at = 0; at < size; at += 1 + data[at] % 64)
        rows.push_back({static_cast<SeriesId>(at + 1), at, bytes.substr(at, data[at] % 64)});
    const auto blob = encode_group(id, PartKind::points, rows);
    const auto back = read_group(id, blob);
    if (!back || back->parts.size() != rows.size()) std::abort();
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (back->parts[i].body != rows[i].body || !back->parts[i].is_sound()) std::abort();
    return 0;
}
