#pragma once

#include "base/error.hpp"
#include "store/books.hpp"
#include "store/history.hpp"
#include "store/live_table.hpp"
#include "store/reading.hpp"
#include "store/series_table.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tidegate::store {

struct StoreOptions {
    std::filesystem::path directory;

    // A batch is committed when it is this old or this large, whichever comes first.
    std::chrono::milliseconds commit_interval{250};
    std::size_t commit_readings = 5000;

    // A commit is forced onto the disk at least this often; what a power cut can cost. 0: with every commit.
    std::chrono::milliseconds sync_interval{1000};

    // append() waits while so many readings are not committed yet: back-pressure instead of memory.
    std::size_t pending_readings = 100'000;

    // So long it waits for a disk that is full or broken; from then on the oldest of them are dropped and
    // counted (Suppress::disk), so that the live view goes on.
    std::chrono::milliseconds trouble_patience{60'000};

    // A file that is given up when the disk is full, so that what is under way can end. 0: none.
    std::uint64_t ballast_bytes = 16ULL * 1024 * 1024;

    // The log (readings owed to an upstream, and those not sealed yet) may grow to this on disk. Beyond it
    // the oldest unsent readings are given up, counted by upstream.
    std::uint64_t log_bytes = 1024ULL * 1024 * 1024;

    // Sealed history may grow to this on disk and to this age; the oldest day goes first.
    std::uint64_t history_bytes = 4096ULL * 1024 * 1024;
    std::chrono::days history_age{400};

    // Readings kept in memory before a series is sealed early (per series, and in all).
    std::size_t hot_series_readings = 16'000;
    std::size_t hot_readings = 500'000;

    // A reading is sealed early when so many came after it, so that one slow series cannot hold back the
    // whole log.
    std::uint64_t hot_span = 4'000'000;
};

// Where in the intake ring a batch ends. The ring's id changes when the ring is made anew, so that an old
// tail is not taken for one of a new ring.
struct IntakePosition {
    std::uint64_t ring = 0;
    std::uint64_t tail = 0;
};

// What the pipeline hands over: readings in the order of arrival, the accounts of exactly these messages, and
// the place in the ring behind them. All of it is committed together or not at all.
struct Batch {
    std::vector<Reading> readings;
    Books books;
    std::optional<IntakePosition> intake;
};

struct CommitStatistics {
    static constexpr std::array<double, 10> bounds{0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,  0.1,    0.25,  1,    5};  // s
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    std::uint64_t commits = 0;
    double seconds = 0;
};

// The committed state, all of one moment.
struct StoreState {
    std::uint64_t epoch = 0;  // drawn when the log was made; with seq it names a reading for ever
    std::uint64_t last_seq = 0;
    std::uint64_t pending = 0;  // readings taken in and not committed yet
    std::optional<IntakePosition> intake;
    Books books;
    std::vector<UpstreamBooks> upstreams;
    std::uint64_t log_bytes = 0;       // on disk, of the rows in use
    std::uint64_t log_bytes_most = 0;  // the configured bound
    std::uint64_t history_bytes = 0;
    std::uint64_t bytes_written =
        0;  // to the store's files, since start, as the kernel counts this process' writes
    CommitStatistics commits;
    std::string trouble;        // why nothing can be committed at the moment; empty: all is well
    std::uint64_t dropped = 0;  // readings given up since start because of it; in the books once it is over
    std::vector<std::string> damage;  // found at start: a line a file: what, where it went, what was kept
};

// Reads the log for one upstream through a connection of its own. Used by one thread at a time; not longer
// than the store lives. Gives only what is synced: what an upstream was told, a power cut cannot take back
// and number anew.
class LogReader {
public:
    ~LogReader();

    // Up to `limit` records after `seq`, in order. Empty: nothing newer is on the disk.
    Result<std::vector<Record>> read_after(std::uint64_t seq, std::size_t limit);

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

    // Any thread.
    SeriesTable& series();
    LiveTable& live();
    StoreState state() const;

    // Pipeline thread. Waits while too much is pending; gives up (false) when asked to stop.
    bool append(Batch batch, std::stop_token stop);

    // Called on the writer thread after each commit that holds an intake position. Set before the first
    // append.
    void on_committed(std::function<void(const IntakePosition&)> told);

    // Forwarders. open_upstream() makes the cursor if it is new and gives its books; a new upstream is owed
    // what is still in the log, from its beginning. acknowledge() moves the cursor over `count` delivered
    // readings up to and including `seq`; it is saved with the next commit, at the latest after a second.
    // discard() does the same for readings that the other side will never take.
    void retire_upstreams_but(const std::vector<std::string>& names);  // forgets the cursors of all others
    UpstreamBooks open_upstream(const std::string& name);
    void acknowledge(const std::string& name, std::uint64_t seq, std::uint64_t count);
    void discard(const std::string& name, std::uint64_t seq, std::uint64_t count);
    Result<std::unique_ptr<LogReader>> reader();

    // Waits until something newer than `seq` is on the disk. False: it timed out, or was asked to stop.
    bool wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most);

    // Any thread but not two at once from the same one in a hurry: it reads files. `stop` cancels it
    // (unavailable).
    Result<History> history(const HistoryQuery& query, std::stop_token stop);

    // Commits what is pending and puts it onto the disk before it returns.
    Result<> flush();

    // Any thread. Reads log.db and meta.db through and says what is wrong with them, a line a fault; none:
    // all is well. Takes a second of CPU for some 100 MB.
    Result<std::vector<std::string>> check();

    // Seals everything that is synced, now. For tests and tools.
    Result<> seal_all();

private:
    struct Parts;
    explicit Store(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate::store
