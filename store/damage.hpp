#pragma once

#include "store/log.hpp"
#include "store/meta.hpp"
#include "store/salvage.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// The greatest that sealed files speak of: a log or a meta.db that was lost must not give them out again.
struct SealedMarks {
    std::uint64_t seq = 0;
    SeriesId series = 0;
};

using Faults = std::vector<std::string>;

// What is wrong with a database file, a line a fault: what SQLite finds by `pragma`, and what `rows` adds. A
// file of another version has none: it is to be refused, not mended. Errors: it cannot be read now.
Result<Faults> look_through(const std::filesystem::path& file,
                            int version,
                            const std::string& pragma,
                            const std::function<Result<>(Database&, Faults&)>& rows);

// For a person: which file, where it is now, how many rows were kept and lost.
std::string describe(const std::filesystem::path& file, const Salvaged& salvaged);

struct Vital {
    Log log;
    Meta meta;
    std::vector<Series> series;
    std::vector<std::string> damage;  // a line a file that was set aside or had to be filled up
};

// log.db and meta.db of a data directory, sound when they are opened here: what is damaged is set aside
// first, and what can be read of it kept. `sealed` is asked only then: it reads every sealed file. After an
// unclean stop the whole log is read for it; after a clean one only when it is small. Errors: of another
// version, no room, no right, an I/O error.
Result<Vital> open_vital(const std::filesystem::path& directory,
                         bool clean_stop,
                         const std::function<SealedMarks()>& sealed);

}  // namespace tidegate::store
