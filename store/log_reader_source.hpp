#pragma once

#include "store/backfill.hpp"
#include "store/database.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace tidegate::store {

// What a LogReader reads from.
struct LogReader::Source {
    // Puts the files of a damaged day right; false: there was nothing to put right.
    using Mend = std::function<Result<bool>(std::int64_t day)>;

    Source(const std::filesystem::path& directory, Writer& owner, const BootClock& boot_clock, Mend mender);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    Result<> open();
    Result<bool> fetch(std::uint64_t seq, std::uint64_t most);
    Result<std::vector<Record>> read_sealed(std::uint64_t slot, std::uint64_t most, std::size_t limit);
    Result<std::vector<Record>> look_sealed(std::uint64_t slot, std::uint64_t most, std::size_t limit);

    std::filesystem::path file;
    Writer& writer;
    const BootClock& clock;
    Database database;
    std::optional<Statement> next;  // none: not opened yet
    Backfill backfill;
    Mend mend;
    std::vector<Record> batch;  // the last row read
    bool from_sealed = false;   // whether the last records were
    std::uint64_t passed = 0;
};

}  // namespace tidegate::store
