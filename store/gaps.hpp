#pragma once

#include "base/error.hpp"
#include "store/books.hpp"
#include "store/gap.hpp"
#include "store/reading.hpp"
#include "store/side_file.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::store {

struct GapQuery {
    std::vector<SeriesId> series;  // gaps that have any of them; empty: all gaps
    std::int64_t from_ms = 0;      // gaps that reach into from <= time <= to
    std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();
    std::uint64_t before = 0;  // ids below this one; 0: from the newest on
    std::size_t limit = 100;
};

// What history has lost since its directory was made, by what it was, what was left of it, and why.
struct GapTotal {
    Tier of = Tier::readings;
    std::int64_t resolution_ms = 0;
    std::string reason;
    std::uint64_t count = 0;
};

// gaps.db: the newest of what was given up, and how much it was in all. Any thread; one small lock around one
// connection. A gap that cannot be written (the disk is full: that is when they come) is kept in memory and
// written with the next.
class GapBook {
public:
    // `told_through`: ids up to this one were given out before, whatever the file still knows of them.
    explicit GapBook(const std::filesystem::path& directory, std::uint64_t told_through = 0);

    void add(Gap gap);
    void write_waiting();  // there may be room on the disk now

    // An upstream does not get the readings first to last, which are not there any more: says so in gaps of
    // its own, each of one reason, with the series where a gap of history tells which they were. Said again,
    // after a crash, it is not written twice. Gives how many there were of each reason. `end`: gaps beyond it
    // are of what another lane is ahead with.
    static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
    Discards give_up(const std::string& upstream,
                     std::uint64_t first,
                     std::uint64_t last,
                     std::uint64_t end = no_end);

    // An upstream will never take these readings, whose seqs follow one another.
    void refused(const std::string& upstream, std::span<const Record> records, std::uint64_t end = no_end);

    Result<std::vector<Gap>> newest(const GapQuery& query);  // the newest first

    // An upstream's gaps with an id above `after`, the oldest first. Asks no file where there is none.
    Result<std::vector<Gap>> owed(const std::string& upstream, std::uint64_t after, std::size_t limit);
    std::uint64_t last_owed(const std::string& upstream) const;  // the highest id; 0: none

    std::vector<GapTotal> totals() const;

private:
    struct Told {  // of an upstream, by its newest gap
        std::uint64_t id = 0, last_seq = 0;
    };

    Result<> load(Database& database);
    Result<> write(Gap& gap);
    void note(const Gap& gap);
    void add_locked(Gap gap);  // with mutex_ held
    void write_all();          // with mutex_ held
    std::uint64_t told_through(const std::string& upstream,
                               std::uint64_t end);  // last seq of its gaps up to there
    std::vector<Gap> history_between(std::uint64_t first, std::uint64_t last);

    mutable std::mutex mutex_;
    SideFile file_;
    std::uint64_t last_id_;
    std::vector<Gap> waiting_;

    mutable std::mutex known_mutex_;  // what follows; never held over a file
    std::map<std::string, Told> told_;
    std::vector<GapTotal> totals_;
};

}  // namespace tidegate::store
