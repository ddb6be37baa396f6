#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace tidegate::bridge {

// Wakes one waiting thread, and costs the other side one atomic load when nobody waits.
//
// The waiter says that it waits and then looks whether it has to; the other side makes its change and then
// looks whether somebody waits. Both are sequentially consistent, so at least one of them sees the other.
// What `ready` reads must therefore be an atomic that is stored and loaded with memory_order_seq_cst.
class Doorbell {
public:
    void ring()
    {
        if (!waiting_.load()) return;
        const std::lock_guard lock(mutex_);
        wake_.notify_all();
    }

    // Until ready() or a stop, or `most` has passed. Returns ready().
    template <class Ready>
    bool wait(const Ready& ready, const std::stop_token& stop, std::chrono::milliseconds most)
    {
        std::unique_lock lock(mutex_);
        waiting_.store(true);
        const bool is_ready = wake_.wait_for(lock, stop, most, ready);
        waiting_.store(false);
        return is_ready;
    }

private:
    std::atomic<bool> waiting_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
};

}  // namespace tidegate::bridge
