#pragma once

#include "store/backfill.hpp"
#include "store/database.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace tidegate::store {

// What a LogReader reads from.
struct LogReader::Source {
    static Result<std::unique_ptr<Source>> open(const std::filesystem::path& directory,
                                                Writer& writer,
                                                const BootClock& clock);
    Source(const std::filesystem::path& directory,
           Database log,
           Statement find,
           Writer& owner,
           const BootClock& clock);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    Result<bool> fetch(std::uint64_t seq, std::uint64_t most);
    Result<std::vector<Record>> read_sealed(std::uint64_t slot, std::size_t limit);

    Database database;
    Statement next;
    Writer& writer;
    const BootClock& clock;
    std::uint64_t epoch;
    Backfill backfill;
    std::vector<Record> batch;  // the last row read
    bool from_sealed = false;   // whether the last records were
};

}  // namespace tidegate::store
