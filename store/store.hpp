#pragma once

#include "base/clock.hpp"
#include "base/durations.hpp"
#include "base/error.hpp"
#include "store/books.hpp"
#include "store/gaps.hpp"
#include "store/history.hpp"
#include "store/intake_position.hpp"
#include "store/live_table.hpp"
#include "store/reading.hpp"
#include "store/series_ages.hpp"
#include "store/series_table.hpp"
#include "store/wear.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tidegate::store {

// When a commit is on the disk for good. A kill of the process takes nothing that was committed in any of
// them; a power cut may take:
enum class Durability : std::uint8_t {
    timed,    // what came in within the last sync_interval, or commit_interval where that is longer
    strict,   // nothing: each commit is forced onto the disk
    relaxed,  // what was committed since SQLite's last checkpoint, minutes to hours; nothing is ever damaged
};

struct StoreOptions {
    std::filesystem::path directory;

    // A batch is committed when it is this old or this large, whichever comes first.
    std::chrono::milliseconds commit_interval{1000};
    std::size_t commit_readings = 5000;

    // In `relaxed` an upstream is told what a power cut may take back and number anew; so each start in it
    // draws an epoch of its own, which is never written down.
    Durability durability = Durability::timed;
    std::chrono::milliseconds sync_interval{1000};  // of `timed` alone

    // append() waits while so many readings are not committed yet: back-pressure instead of memory.
    std::size_t pending_readings = 100'000;

    // So long it waits for a disk that is full or broken; from then on the oldest of them are dropped and
    // counted (Suppress::disk), so that the live view goes on.
    std::chrono::milliseconds trouble_patience{60'000};

    // A file that is given up when the disk is full, so that what is under way can end. 0: none.
    std::uint64_t ballast_bytes = 16ULL * 1024 * 1024;

    // Beyond this, what is sealed goes from the log though an upstream is still owed it: it is sent from the
    // sealed files then, where it takes a third of the bytes.
    std::uint64_t log_bytes = 64ULL * 1024 * 1024;

    // Sealed history may grow to this on disk and to this age; then it is thinned, see Retention.
    std::uint64_t history_bytes = 4096ULL * 1024 * 1024;
    std::chrono::days history_age{400};

    // What sealing leaves free on the disk, for the log and for others.
    std::uint64_t free_bytes = 128ULL * 1024 * 1024;

    // Readings kept in memory, at one to three bytes each, before they are sealed early. After a crash they
    // are read back from the log.
    std::size_t hot_readings = 2'000'000;

    // Readings that were stamped before the clock of this boot was set wait until so long after the boot, to
    // be sent with the right time; then they go as they are, flagged. A clock that is not set by then is one
    // that may never be.
    std::chrono::milliseconds unsynchronised_patience = std::chrono::minutes(5);

    ClockSource clock;
};

// What the pipeline hands over: readings in the order of arrival, the accounts of exactly these messages, and
// the place behind them in the ring that they came from. All of it is committed together or not at all.
struct Batch {
    std::vector<Reading> readings;
    Books books;
    std::optional<IntakePosition> intake;
};

// The committed state, all of one moment.
struct StoreState {
    std::uint64_t epoch = 0;  // with seq it names a reading for ever; drawn with the log, or in `relaxed` at
                              // each start
    std::uint64_t last_seq = 0;
    std::uint64_t pending = 0;  // readings taken in and not committed yet
    IntakePositions intake;
    Books books;
    std::vector<UpstreamBooks> upstreams;
    std::uint64_t log_bytes = 0;       // on disk, of the rows in use
    std::uint64_t log_bytes_most = 0;  // the configured bound
    std::uint64_t history_bytes = 0;

    // What is held for the upstream that is furthest behind, on disk, in the log and in sealed files; and how
    // much that may become before retention thins what is not sent. Both 0 without an upstream.
    std::uint64_t held_bytes = 0;
    std::uint64_t held_bytes_most = 0;
    double bytes_a_reading = 0;      // on disk, at rest; 0: not known yet
    std::vector<GapTotal> given_up;  // what history has lost so far
    Wear wear;
    Durations commits;
    std::string trouble;        // why nothing can be committed at the moment; empty: all is well
    std::uint64_t dropped = 0;  // readings given up since start because of it; in the books once it is over
    std::vector<std::string> damage;  // found at start: a line a file: what, where it went, what was kept
};

class Archive;
struct ArchiveQuery;

// Reads the log for one upstream through a connection of its own, and from the sealed files what the log does
// not hold any more. Used by one thread at a time; not longer than the store lives. Gives only what is
// synced: what an upstream was told, a power cut cannot take back and number anew (but in `relaxed`, which
// gives what is committed).
class LogReader {
public:
    ~LogReader();

    // Up to `limit` records after `seq`, in order of their seq; `seq` is the upstream's cursor. Empty:
    // nothing newer is on the disk. What comes from sealed files keeps the order within a series only, and
    // has numbers of its own: see epoch().
    Result<std::vector<Record>> read_after(std::uint64_t seq, std::size_t limit);

    // Names, together with a record's seq, a reading of the last read_after() for ever. What comes from
    // sealed files was numbered anew, so it has another epoch than the log: a receiver that drops repeats
    // never takes one reading for another.
    std::uint64_t epoch() const;
    // When the last read_after() gave nothing: up to this seq there is nothing to give.
    std::uint64_t passed() const;

private:
    friend class Store;
    struct Source;
    explicit LogReader(std::unique_ptr<Source> source);
    std::unique_ptr<Source> source_;
};

// The doorway to everything that is kept. Nothing outside store/ knows of files, SQL or threads behind it.
//
// Threads: one writer (group commit) and one sealer (moves old readings from the log into compressed day
// files); both start in open() and end in the destructor, which commits what is pending. SQLite connections
// are never shared.
class Store {
public:
    // Opens or creates the data directory, brings back what was in it, and starts the threads.
    // Errors: denied (another gateway holds it, or no right to write), corrupt, full, unavailable.
    static Result<std::unique_ptr<Store>> open(StoreOptions options);
    ~Store();

    // Any thread. Which series are kept for less long than history_age, from now on.
    void use(SeriesAges ages);

    // Any thread.
    SeriesTable& series();
    LiveTable& live();
    StoreState state() const;

    // Pipeline thread. Waits while too much is pending; gives up (false) when asked to stop.
    bool append(Batch batch, std::stop_token stop);

    // Called on the writer thread after each commit, once for each intake position. Set before the first
    // append.
    void on_committed(std::function<void(const IntakePosition&)> told);
    void retire_rings_but(const std::vector<std::uint64_t>& rings);  // forgets the positions in all others

    // Forwarders. open_upstream() makes the cursor if it is new and gives its books; a new upstream is owed
    // what is still in the log, from its beginning. acknowledge() moves the cursor over `count` delivered
    // readings up to and including `seq`; it is saved with the next commit, at the latest after a second.
    // What it passes over besides is not there any more: it is discarded, and a gap of this upstream says so.
    // refuse() does the same for readings that the other side will never take, whose seqs follow one another.
    void retire_upstreams_but(const std::vector<std::string>& names);  // forgets the cursors of all others
    UpstreamBooks open_upstream(const std::string& name);
    void acknowledge(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane = Lane::live);
    void refuse(const std::string& name, std::span<const Record> records, Lane lane = Lane::live);
    void refuse(const std::string& name, const Record& record) { refuse(name, std::span(&record, 1)); }

    // Moves the cursor up to `seq` over `count` readings that are not for this upstream.
    void leave_out(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane = Lane::live);

    // The live lane goes on behind sendable_seq(), and the backlog lane has what is before; it stays where it
    // is when there are too many stretches already. Where the backlog lane reaches what the live lane has
    // had, they become one. Gives the books as they are then.
    UpstreamBooks split_lanes(const std::string& name);
    void spend(const std::string& name, const Spent& spent);  // saved with the cursor
    std::uint64_t sendable_seq() const;                       // a LogReader gives nothing that is newer

    // What an upstream does not get, the oldest first, as far as it was not told yet; gaps_delivered() moves
    // the place up to which it was, which is saved with the cursor. Empty without asking any file, as a rule.
    Result<std::vector<Gap>> owed_gaps(const std::string& name, std::size_t limit);
    void gaps_delivered(const std::string& name, std::uint64_t id);
    Result<std::unique_ptr<LogReader>> reader();

    // Waits until a LogReader has something newer than `seq`. False: it timed out, or was asked to stop.
    bool wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most);

    // Any thread but not two at once from the same one in a hurry: it reads files. `stop` cancels it
    // (unavailable).
    Result<History> history(const HistoryQuery& query, std::stop_token stop);

    // All of history that is kept, a day and a series at a time (store/archive.hpp). Any thread; the archive
    // is used by one thread at a time, and not longer than the store lives.
    std::unique_ptr<Archive> archive(const ArchiveQuery& query);

    // Commits what is pending and puts it onto the disk before it returns.
    Result<> flush();

    // Any thread. Reads log.db and meta.db through and says what is wrong with them, a line a fault; none:
    // all is well. Takes a second of CPU for some 100 MB.
    Result<std::vector<std::string>> check();

    // Seals everything, now, unless some of it is not synced: flush() first. For tests and tools.
    Result<> seal_all();

    // What was given up, the newest first. Any thread; it reads a file.
    Result<std::vector<Gap>> gaps(const GapQuery& query);

private:
    struct Parts;
    explicit Store(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate::store
