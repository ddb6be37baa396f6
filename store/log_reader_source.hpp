#pragma once

#include "store/backfill.hpp"
#include "store/database.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace tidegate::store {

// What a LogReader reads from.
struct LogReader::Source {
    Source(const std::filesystem::path& directory, Writer& owner, const BootClock& boot_clock);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    Result<> open();
    Result<bool> fetch(std::uint64_t seq, std::uint64_t most);
    Result<std::vector<Record>> read_sealed(std::uint64_t slot, std::size_t limit);

    std::filesystem::path file;
    Writer& writer;
    const BootClock& clock;
    Database database;
    std::optional<Statement> next;  // none: not opened yet
    Backfill backfill;
    std::vector<Record> batch;  // the last row read
    bool from_sealed = false;   // whether the last records were
    std::uint64_t passed = 0;
};

}  // namespace tidegate::store
