#pragma once

#include "store/database.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tidegate::store {

// A table that is to be saved from a damaged file.
struct SalvageTable {
    std::string name;

    // Whether a row is what was once written: column 0 is its key (rowid), the table's own columns follow.
    // None: whatever can be read is kept.
    std::function<bool(const Statement& row)> keep;
};

struct Salvaged {
    std::filesystem::path aside;  // where the damaged file is now, its WAL beside it
    std::uint64_t kept = 0;       // rows
    std::uint64_t lost = 0;       // rows that `keep` refused, and stretches of keys that could not be read
    bool ends_read = true;        // of each table, the row with the highest key could be read
};

struct SalvagePlan {
    int version = 0;  // of the schema
    int page_size = 4096;
    std::string schema;
    std::vector<SalvageTable> tables;

    // Puts right in the new file what the rows alone do not say; may be none.
    std::function<Result<>(Database& fresh, Salvaged& so_far)> finish;
};

// Sets a damaged database aside, in the folder "quarantine" beside it, as it was found, and puts one in its
// place that has every row that can still be read and that `keep` takes: from both ends and, between them, by
// halving what cannot be read. Nothing may have the file open. When it is cut short, finish_salvage() goes
// on. Errors: the file stays as and where it was.
Result<Salvaged> salvage(const std::filesystem::path& file, const SalvagePlan& plan);

// What a power cut has left of a salvage() is brought to its end, or undone. To be called before the file is
// opened.
Result<> finish_salvage(const std::filesystem::path& file);

}  // namespace tidegate::store
