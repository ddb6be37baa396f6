#include "store/page_size.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate::store {

namespace {

constexpr std::uint64_t least = 1024, usual = 4096, most = 65536;
constexpr std::uint64_t fixed_pages = 3;   // the schema, the table of rounds, the root of the table of rows
constexpr std::uint64_t record_bytes = 8;  // what a row has beside its body, in its payload
constexpr std::uint64_t cell_bytes = 10;   // and beside the payload, on its leaf

// Of a file with pages of `page` bytes; how SQLite lays rows on pages is in its "Database File Format", 1.6.
std::uint64_t file_size(std::span<const std::size_t> bodies, std::uint64_t page)
{
    const auto most_local = page - 35, least_local = (page - 12) * 32 / 255 - 23, on_further = page - 4;
    std::uint64_t pages = fixed_pages, used = page;
    for (const auto body : bodies) {
        const auto payload = body + record_bytes;
        auto local = payload;
        if (payload > most_local) {
            local = least_local + (payload - least_local) % on_further;
            if (local > most_local) local = least_local;
            pages += (payload - local + on_further - 1) / on_further;
        }
        const auto cell = local + cell_bytes;
        if (used + cell > page) {
            ++pages;
            used = 8;
        }
        used += cell;
    }
    return pages * page;
}

}  // namespace

int best_page_size(std::span<const std::size_t> bodies)
{
    if (bodies.empty()) return static_cast<int>(usual);
    auto best = least;
    for (auto page = least; page <= most; page *= 2)
        if (file_size(bodies, page) < file_size(bodies, best)) best = page;
    return static_cast<int>(best);
}

}  // namespace tidegate::store
