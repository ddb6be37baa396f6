#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"
#include "store/side_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace tidegate::store {

// A reading that an upstream would not take.
struct DeadLetter {
    std::uint64_t id = 0;  // given by add()
    std::string upstream;
    std::uint64_t epoch = 0;  // of the record's seq
    Record record;
    std::string why;         // what the upstream said
    std::int64_t at_ms = 0;  // wall clock of the refusal
    bool again = false;      // it is to be sent once more
};

// dead.db: what upstreams refused, kept so that nothing is lost over a rule that was wrong on the other side,
// or here. Any thread; each call that is not said to be quick reads or writes a file. Errors: denied, full,
// unavailable.
class DeadLetters {
public:
    static constexpr std::int64_t most = 10'000;  // an upstream; beyond it the oldest go

    explicit DeadLetters(const std::filesystem::path& directory);

    // All of one upstream; all of them on the disk when it returns, or none. One that is there already
    // (upstream, epoch, seq) is replaced.
    Result<> add(std::span<const DeadLetter> letters);
    Result<> add(const DeadLetter& letter) { return add(std::span(&letter, 1)); }

    // Up to `limit` of an upstream with ids after `after`, the oldest first.
    Result<std::vector<DeadLetter>> list(const std::string& upstream, std::uint64_t after, std::size_t limit);

    // Marks all of an upstream to be sent again; how many there are.
    Result<std::uint64_t> send_again(const std::string& upstream);

    // The oldest that is marked; empty: none is. Quick when none is.
    Result<std::vector<DeadLetter>> next_to_send(const std::string& upstream);
    Result<> remove(const DeadLetter& letter);  // it was taken

    std::uint64_t count(const std::string& upstream) const;  // quick

private:
    struct Count {
        std::uint64_t all = 0, again = 0;
    };
    Result<> load(Database& database);
    Result<> recount(Database& database, const std::string& upstream);
    Count counted(const std::string& upstream) const;

    std::mutex mutex_;  // of the file
    SideFile file_;
    mutable std::mutex count_mutex_;  // held for a copy
    std::map<std::string, Count> counts_;
};

}  // namespace tidegate::store
