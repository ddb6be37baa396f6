#pragma once

#include "base/error.hpp"
#include "store/books.hpp"
#include "store/database.hpp"
#include "store/reading.hpp"
#include "store/sealed_path.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::store {

// What went of one sealed round, or of one upstream's stretch of it. To be sent, its readings had the seqs
// from `first_seq` on, series by series.
struct GapPart {
    std::uint64_t first_seq = 0;  // 0: they had none
    std::int64_t from_ms = 0, to_ms = 0;
    std::vector<std::pair<SeriesId, std::uint64_t>> series;  // rising ids, how many of each
};

// Something that was kept is kept no more, or only in part; or an upstream does not get it.
struct Gap {
    std::uint64_t id = 0;  // rises; 0: it could not be written down yet
    std::int64_t at_ms = 0;
    Tier of = Tier::readings;        // what `count` counts
    std::int64_t resolution_ms = 0;  // of what the store has instead, a minute or an hour; 0: nothing
    std::string reason;              // "bytes", "age", "disk": a bound; "damage"; "refused" by the upstream
    std::string upstream;            // that does not get it; empty: it is about history
    std::int64_t from_ms = 0;        // the range of their times; 0 to 0 where it is not known
    std::int64_t to_ms = 0;          // inclusive
    std::uint64_t count = 0;
    std::uint64_t first_seq = 0, last_seq = 0;  // of an upstream's gap, all between them; else the outermost
    std::vector<GapPart> parts;                 // empty: of which series is not known
};

std::uint64_t count_of(const GapPart& part);

// How much of a gap is of one series; 0: none, or not known.
std::uint64_t count_of(const Gap& gap, SeriesId series);

// What of `before` is not in `after` any more: accounts of one file, before it was mended and after it.
Gap lost_between(const Gap& before, const Gap& after);

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
    explicit GapBook(std::filesystem::path directory);

    void add(Gap gap);
    void write_waiting();  // there may be room on the disk now

    // An upstream does not get the readings first to last, which are not there any more: says so in gaps of
    // its own, each of one reason, with the series where a gap of history tells which they were. Said again,
    // after a crash, it is not written twice. Gives how many there were of each reason.
    Discards give_up(const std::string& upstream, std::uint64_t first, std::uint64_t last);

    // An upstream will never take this reading.
    void refused(const std::string& upstream, const Record& record);

    Result<std::vector<Gap>> newest(const GapQuery& query);  // the newest first

    // An upstream's gaps with an id above `after`, the oldest first. Asks no file where there is none.
    Result<std::vector<Gap>> owed(const std::string& upstream, std::uint64_t after, std::size_t limit);
    std::uint64_t last_owed(const std::string& upstream) const;  // the highest id; 0: none

    std::vector<GapTotal> totals() const;

private:
    struct File {
        Database database;
        Statement insert, trim, total;
    };
    struct Told {  // of an upstream, by its newest gap
        std::uint64_t id = 0, last_seq = 0;
    };

    Result<> open();
    Result<> load(Database& database);
    Result<> write(Gap& gap);
    void add_locked(Gap gap);                                       // with mutex_ held
    void write_all();                                               // with mutex_ held
    std::uint64_t told_through(const std::string& upstream) const;  // last seq of its gaps so far
    std::vector<Gap> history_between(std::uint64_t first, std::uint64_t last);

    std::filesystem::path directory_;
    mutable std::mutex mutex_;
    std::optional<File> file_;  // none: not needed yet, or it could not be opened
    std::vector<Gap> waiting_;

    mutable std::mutex known_mutex_;  // what follows; never held over a file
    std::map<std::string, Told> told_;
    std::vector<GapTotal> totals_;
};

}  // namespace tidegate::store
