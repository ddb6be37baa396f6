#pragma once

#include "store/database.hpp"
#include "store/series_table.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace tidegate::store {

// meta.db: the names behind the ids. A series is here, and on the disk, before the first batch that speaks of
// it.
class Meta {
public:
    static Result<Meta> open(const std::filesystem::path& file);

    // What is wrong with it as a file, a line a fault; nothing of it is changed. Any thread.
    static Result<std::vector<std::string>> check(const std::filesystem::path& file);

    // Sets a damaged file aside and makes one of the rows that pass their checksum. Gives a line on what was
    // kept.
    static Result<std::string> salvage(const std::filesystem::path& file);

    // The series of a file that a gateway may be working with, by any process; nothing of it is changed.
    // Rising ids; a damaged row is left out.
    static Result<std::vector<Series>> read(const std::filesystem::path& file);

    // Opens the file anew where it was opened on a read-only file system. Errors: it is still so.
    Result<> thaw();

    Result<std::vector<Series>> load();  // rising ids; a hole where a row was lost

    // New ones with the next ids, and what else is known now of those that are here; in one synced
    // transaction.
    Result<> keep(std::span<const Series> series);

private:
    explicit Meta(std::filesystem::path file) : file_(std::move(file)) {}
    Result<> open_file();

    std::filesystem::path file_;
    Database database_;
    Statement keep_;
};

}  // namespace tidegate::store
