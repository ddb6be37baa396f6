#pragma once

#include "base/error.hpp"
#include "store/batch_codec.hpp"
#include "store/forgetting.hpp"
#include "store/held.hpp"
#include "store/hot.hpp"
#include "store/retention.hpp"
#include "store/series_table.hpp"
#include "store/store.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

namespace tidegate::store {

// Moves what arrived from the hot table into sealed files, in rounds: at midnight and noon UTC, and
// when memory asks for it. A round takes everything up to one seq, so that the rounds divide the log. A
// thread of its own ("tg-sealer"), because a round takes longer than a commit may; it keeps the bounds, too.
class Sealer {
public:
    // What the log knows, and is told.
    struct Log {
        // Nothing beyond this seq is sealed, or a power cut could leave a sealed reading whose seq is given
        // out a second time.
        std::function<std::uint64_t()> synced;
        std::function<void(std::uint64_t)> sealed;  // a round is on the disk that ended with this seq
        std::function<std::uint64_t()> sent;        // every upstream has what is up to this seq
        std::function<bool()> settled;              // what was stamped is right, or will not be put right
        std::function<BatchClock()> clock;
        std::function<void(const std::vector<std::string>&)> damage;  // files were set aside: a line each
    };

    // `unfinished`: days of rounds that the last run may have left without their tiers. `next_slot`: see
    // Round.
    Sealer(const StoreOptions& options,
           HotTable& hot,
           const SeriesTable& series,
           GapBook& gaps,
           Log log,
           std::set<std::int64_t> unfinished,
           std::uint64_t next_slot);
    ~Sealer();
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;

    void start();
    void stop();

    // On the calling thread: ends the round that is under way, and makes one where it is due, or in any case
    // with `all`. What is not synced yet stays for the next call.
    Result<> seal(std::int64_t now_ms, bool all);

    // Any thread, at once: which series are kept for less long, from the next look at the bounds on.
    void use(SeriesAges ages);

    // Any thread: mend_day(), between two rounds.
    Result<std::vector<std::string>> mend(std::int64_t day);

    std::uint64_t history_bytes() const
    {
        return history_bytes_;
    }  // of all sealed files, as of the last round

    const HeldHistory& held() const { return held_; }  // as of then, too

private:
    void run(const std::stop_token& stop);
    void wait(bool well, const std::stop_token& stop);
    Result<> keep_bounds(const BatchClock& now);
    bool due(std::int64_t now_ms) const;
    Result<> forget(const BatchClock& now);
    Result<> look_through_one();
    Result<std::vector<std::string>> mend_files(std::int64_t day);  // within a round's lock
    Result<> finish_unfinished();
    Result<> seal_day(const HotReadings& round, std::int64_t day);

    const StoreOptions& options_;
    HotTable& hot_;
    const SeriesTable& series_;
    GapBook& gaps_;
    Log log_;
    Retention retention_;
    Forgetting forgetting_;
    HeldHistory held_;

    std::mutex round_;  // one round at a time; what follows belongs to it
    std::set<std::int64_t> unfinished_;
    std::uint64_t next_slot_;
    std::int64_t bucket_;  // of the clock, when the last round was frozen

    std::int64_t bounds_due_ms_ = 0;  // boot clock; this and the next are the thread's own
    std::int64_t look_due_ms_;        // boot clock; and the day that was looked through last
    std::int64_t looked_through_ = std::numeric_limits<std::int64_t>::min();
    bool bounds_clock_ = false;  // whether the clock was set when the bounds were kept last

    std::atomic<std::uint64_t> history_bytes_ = 0;
    std::mutex mutex_;  // only for wait() and the next
    std::optional<SeriesAges> next_ages_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::store
