#pragma once

#include "base/error.hpp"
#include "store/batch_codec.hpp"
#include "store/day_file.hpp"
#include "store/hot.hpp"
#include "store/store.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

namespace tidegate::store {

// Moves what is old enough, or too much for memory, from the hot table into day files, and purges days that
// are too old or too many. A thread of its own ("tg-sealer"), because a round takes longer than a commit may.
class Sealer {
public:
    // `synced`: the seq up to which the log is on the disk. Nothing beyond it is sealed, or a power cut could
    // leave a sealed reading whose seq is given out a second time.
    // `clock`: what time it is, and whether that is known; by a clock that is not set nothing is too old.
    Sealer(const StoreOptions& options,
           HotTable& hot,
           std::function<std::uint64_t()> synced,
           std::function<BatchClock()> clock);
    ~Sealer();
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;

    void start();
    void stop();

    // One round, on the calling thread: what is due at `now_ms` goes, and more where memory asks for it. With
    // `all`, everything goes. For tests, and for the last round before the end.
    Result<> seal(std::int64_t now_ms, bool all);
    Result<> purge(const BatchClock& now);

    std::uint64_t history_bytes() const { return history_bytes_; }  // of all day files, as of the last round

private:
    void run(const std::stop_token& stop);
    std::vector<SealTask> due(std::int64_t now_ms, bool all, std::uint64_t synced) const;
    Result<> seal_day(std::int64_t day, std::span<const SealTask> tasks, std::uint64_t synced);

    const StoreOptions& options_;
    HotTable& hot_;
    std::function<std::uint64_t()> synced_;
    std::function<BatchClock()> clock_;

    std::atomic<std::uint64_t> history_bytes_ = 0;
    std::mutex round_;  // one round at a time: two would seal the same readings
    std::mutex mutex_;  // only for the wait below
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::store
