#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tidegate::store {

// Hands things from one thread to another, so many at most on their way.
template <class T>
class Queue {
public:
    explicit Queue(std::size_t most) : most_(most) {}

    // Waits for room.
    void put(T thing)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return things_.size() < most_; });
        things_.push_back(std::move(thing));
        changed_.notify_one();
    }

    // Nothing comes any more.
    void close()
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        changed_.notify_one();
    }

    // Waits for the next; none once it is closed and empty.
    std::optional<T> take()
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || !things_.empty(); });
        if (things_.empty()) return std::nullopt;
        std::optional<T> thing(std::move(things_.front()));
        things_.pop_front();
        changed_.notify_one();
        return thing;
    }

private:
    const std::size_t most_;
    std::mutex mutex_;  // of what follows; held to move one in or out
    std::condition_variable changed_;
    std::deque<T> things_;
    bool closed_ = false;
};

}  // namespace tidegate::store
