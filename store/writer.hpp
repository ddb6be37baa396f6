#pragma once

#include "store/ballast.hpp"
#include "store/hot.hpp"
#include "store/live_table.hpp"
#include "store/log.hpp"
#include "store/meta.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tidegate::store {

// Group commit: gathers batches until they are old or large enough and commits them as one row of the log,
// with the cursors and accounts as they stand. A thread of its own ("tg-writer"), so that a slow card holds
// up neither the decoding nor the live view.
class Writer {
public:
    Writer(const StoreOptions& options, Log log, Meta meta, SeriesTable& series, HotTable& hot);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void start();
    void stop();  // commits what is pending, synced

    bool append(Batch batch, std::stop_token stop);
    void on_committed(std::function<void(const IntakePosition&)> told) { told_ = std::move(told); }
    Result<> flush();

    void retire_upstreams_but(const std::vector<std::string>& names);
    UpstreamBooks open_upstream(const std::string& name);
    void advance(const std::string& name,
                 std::uint64_t seq,
                 std::uint64_t delivered,
                 std::uint64_t discarded);
    bool wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most);

    std::uint64_t synced_seq() const;
    void describe(StoreState& state) const;  // fills in what the writer knows, all of one moment

private:
    struct Work {
        std::vector<Reading> readings;
        LogState state;  // as it is after this commit
        std::uint64_t trim = 0;
        Sync sync = Sync::normal;
        std::uint64_t flushes = 0;  // asked for so far: this commit serves them
    };

    void run(const std::stop_token& stop);
    std::int64_t next_due_ms() const;                    // boot clock; with the lock held
    Work take_work(std::int64_t now_ms, bool last_one);  // with the lock held
    bool commit_until_done(Work& work, const std::stop_token& stop);
    bool out_of_patience() const;  // with the lock held
    void drop_oldest();            // with the lock held
    Result<> commit(Work& work);
    void finish(Work& work, double seconds);
    void give_up_beyond_bound();  // with the lock held
    UpstreamBooks* find(const std::string& name);

    const StoreOptions& options_;
    SeriesTable& series_;
    HotTable& hot_;
    std::function<void(const IntakePosition&)> told_;

    // The writer thread's own.
    Log log_;
    Meta meta_;
    SeriesId described_;  // series up to this id are in meta.db
    Ballast ballast_;

    mutable std::mutex mutex_;               // everything below
    std::condition_variable_any wake_;       // the writer waits for work
    std::condition_variable_any committed_;  // others wait for a commit
    std::vector<Reading> pending_;
    std::size_t in_commit_ = 0;
    struct Mark {
        std::size_t readings = 0;
        std::optional<IntakePosition> intake;
    };
    std::deque<Mark> marks_;                  // the batches that pending_ is made of
    std::optional<IntakePosition> given_up_;  // the intake need not keep what was dropped
    std::uint64_t dropped_ = 0;               // readings, since the start
    std::int64_t dropped_told_ms_ = 0;        // boot clock
    std::int64_t trouble_since_ms_ = 0;       // boot clock; 0: there is none
    std::optional<IntakePosition> pending_intake_;
    Books pending_books_;  // as they will be once everything pending is committed
    std::optional<IntakePosition> intake_;
    Books books_;  // as committed
    std::vector<UpstreamBooks> upstreams_;
    std::int64_t pending_since_ms_ = 0;   // boot clock
    std::int64_t moved_since_ms_ = 0;     // boot clock; 0: no cursor moved since the last commit
    std::int64_t unsynced_since_ms_ = 0;  // boot clock; 0: everything committed is on the disk
    std::uint64_t last_seq_ = 0, synced_seq_ = 0, log_bytes_ = 0, horizon_ = 0, excess_through_ = 0;
    std::int64_t full_told_ms_ = 0;  // boot clock; when the log last said that the buffer is full
    std::uint64_t flushes_asked_ = 0, flushes_done_ = 0;
    CommitStatistics statistics_;
    std::string trouble_;

    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::store
