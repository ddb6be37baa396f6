#pragma once

#include "store/ballast.hpp"
#include "store/boot_clock.hpp"
#include "store/gaps.hpp"
#include "store/hot.hpp"
#include "store/live_table.hpp"
#include "store/log.hpp"
#include "store/meta.hpp"
#include "store/store.hpp"
#include "store/wear.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace tidegate::store {

// Group commit: gathers batches until they are old or large enough and commits them as one row of the log,
// with the cursors and accounts as they stand. A thread of its own ("tg-writer"), so that a slow card holds
// up neither the decoding nor the live view.
class Writer {
public:
    // `round_ends`: the last seqs of the sealed rounds that the log still has rows of, rising.
    Writer(const StoreOptions& options,
           Log log,
           Meta meta,
           SeriesTable& series,
           HotTable& hot,
           GapBook& gaps,
           BootClock& clock,
           WearMeter& wear,
           std::vector<std::uint64_t> round_ends);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void start();
    void stop();  // commits what is pending, synced

    bool append(Batch batch, std::stop_token stop);
    void on_committed(std::function<void(const IntakePosition&)> told) { told_ = std::move(told); }
    Result<> flush();

    void retire_rings_but(const std::vector<std::uint64_t>& rings);
    void retire_upstreams_but(const std::vector<std::string>& names);
    UpstreamBooks open_upstream(const std::string& name);
    void advance(const std::string& name, std::uint64_t seq, std::uint64_t delivered, Lane lane);
    void refuse(const std::string& name, std::span<const Record> records, Lane lane);
    void leave_out(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane);
    UpstreamBooks split_lanes(const std::string& name);
    void spend(const std::string& name, const Spent& spent);
    void gaps_delivered(const std::string& name, std::uint64_t id);
    bool wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most);

    std::uint64_t epoch() const { return log_.epoch(); }
    std::uint64_t synced_seq() const;                        // on the disk for good
    bool clock_settled() const { return clock_.settled(); }  // BootClock::settled()
    std::uint64_t sendable_seq() const;                      // what a LogReader may give; see wait_newer()
    std::uint64_t sent_seq() const;                          // every upstream has what is up to this seq
    void round_sealed(std::uint64_t last);                   // a round is on the disk that ends with this seq

    // Until the next call of the same reader, or unpin(), the log drops no round that has a seq after `seq`,
    // up to `last`: what was read of a round is read on from where it was begun. False: one is being dropped.
    bool pin(const void* reader, std::uint64_t seq, std::uint64_t last);
    void unpin(const void* reader);
    void describe(StoreState& state) const;  // fills in what the writer knows, all of one moment

private:
    struct Work {
        std::vector<Reading> readings;
        std::vector<const Reading*> ordered;  // them, in the order of the log
        LogState state;                       // as it is after this commit
        Trim trim;
        Sync sync = Sync::normal;
        BatchClock clock;
    };

    void run(const std::stop_token& stop);
    std::int64_t next_due_ms() const;                    // boot clock; with the lock held
    void take_work(std::int64_t now_ms, bool last_one);  // with the lock held
    bool commit_until_done(Work& work, const std::stop_token& stop);
    bool has_room() const;         // with the lock held
    bool out_of_patience() const;  // with the lock held
    void drop_oldest();            // with the lock held
    void tell(const IntakePositions& positions) const;
    Result<> commit(Work& work);
    void finish(Work& work, double seconds);
    Result<> describe_series();
    Trim what_to_trim();  // with the lock held
    struct Step {
        std::uint64_t seq = 0, delivered = 0;
        Discards discarded{};
    };
    void move(const std::string& name, Lane lane, const Step& step);
    void moved();                    // with the lock held: saved with the next commit
    void release_held();             // with the lock held
    std::uint64_t sendable() const;  // with the lock held
    std::uint64_t sent() const;      // with the lock held
    UpstreamBooks* find(const std::string& name);

    const StoreOptions& options_;
    SeriesTable& series_;
    HotTable& hot_;
    GapBook& gaps_;
    BootClock& clock_;
    WearMeter& wear_;
    std::function<void(const IntakePosition&)> told_;

    // The writer thread's own.
    Work work_;  // its memory serves one commit after another
    Log log_;
    Meta meta_;
    SeriesId described_;  // series up to this id are in meta.db
    Ballast ballast_;

    mutable std::mutex mutex_;               // everything below
    std::condition_variable_any wake_;       // the writer waits for work
    std::condition_variable_any committed_;  // others wait for a commit
    std::condition_variable_any room_;       // append() waits
    std::deque<Batch> pending_;
    std::size_t pending_readings_ = 0;   // in them
    std::size_t in_commit_ = 0;          // readings
    IntakePositions given_up_;           // the intake need not keep what was dropped
    std::uint64_t dropped_ = 0;          // readings, since the start
    std::int64_t dropped_told_ms_ = 0;   // boot clock
    std::int64_t trouble_since_ms_ = 0;  // boot clock; 0: there is none
    IntakePositions taken_intake_;
    Books taken_books_;  // as they are once the commit under way is done
    IntakePositions intake_;
    Books books_;  // as committed
    std::vector<UpstreamBooks> upstreams_;
    std::int64_t pending_since_ms_ = 0;   // boot clock
    std::int64_t moved_since_ms_ = 0;     // boot clock; 0: no cursor moved since the last commit
    std::int64_t unsynced_since_ms_ = 0;  // boot clock, its arrival; 0: everything committed is on the disk
    std::uint64_t last_seq_ = 0, synced_seq_ = 0, log_bytes_ = 0, horizon_ = 0;
    std::uint64_t held_bytes_ = 0, held_readings_ = 0;  // of the log: neither sealed nor sent to all
    std::vector<std::uint64_t> round_ends_;   // of sealed rounds that the log may have rows of, rising
    std::set<std::uint64_t> dropped_rounds_;  // those of them whose rows are gone
    struct Pin {
        const void* reader;
        std::uint64_t after, last;
    };
    std::vector<Pin> pins_;
    Trim dropping_;                // the round that the commit under way drops
    std::uint64_t held_from_ = 0;  // readings from here on wait for the clock to be set; 0: none do
    std::uint64_t log_syncs_ = 0;  // as the meter had counted them before the last commit
    std::uint64_t flushes_asked_ = 0, flushes_done_ = 0;
    Durations statistics_;
    std::string trouble_;

    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::store
