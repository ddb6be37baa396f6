#pragma once

#include "support/ledger.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tidegate::tests {

// A data directory as it was after some days, and the truth about it. Copied, damaged, and opened again.
class Template {
public:
    Template();  // throws when the store cannot even be filled

    const std::filesystem::path& closed() const { return closed_.path(); }  // after a clean end
    const std::filesystem::path& killed() const { return killed_.path(); }  // with WALs, after a kill

    const Ledger& ledger() const { return ledger_; }
    const SeriesIds& ids() const { return ids_; }
    std::uint64_t sealed() const { return sealed_; }  // batches up to this one are in day files
    std::uint64_t epoch() const { return epoch_; }
    const std::map<std::uint64_t, std::uint64_t>& numbers() const { return numbers_; }  // of readings, by seq

private:
    void fill(store::Store& store);
    void note_numbers(store::Store& store);

    TempDir closed_;
    TempDir killed_;
    Ledger ledger_;
    SeriesIds ids_{};
    std::uint64_t sealed_ = 0;
    std::uint64_t epoch_ = 0;
    std::map<std::uint64_t, std::uint64_t> numbers_;
};

inline constexpr auto damage_upstream = "cloud";

store::StoreOptions damage_options(const std::filesystem::path& directory);

// What a bad card, a bad cable or a bad program does to a file. Says in words what it did.
std::string damage(const std::filesystem::path& file, std::mt19937_64& random);

// Files of a directory whose name ends so, by name.
std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                const std::string& end);

// The days whose files are named day-YYYYMMDD: which stretch of time such a file holds.
Stretch day_of(const std::filesystem::path& file);

std::string bytes_of(const std::filesystem::path& file);

}  // namespace tidegate::tests
