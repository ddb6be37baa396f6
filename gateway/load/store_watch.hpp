#pragma once

#include <cstdint>

namespace tidegate::gateway {

// Whether the store's writer still works, from what the store says of itself: readings wait, nothing is wrong
// with the disk, and yet no commit comes for longer than any card takes. Then only a restart helps; what
// waits is in the intake ring. A disk that gives errors is no such case: the writer tries again, and says so.
// One thread.
class StoreWatch {
public:
    static constexpr std::int64_t patience_ms = 120'000;

    // `commits`: since the start. `now_ms`: boot clock. False: it hangs.
    bool look(bool waits, bool trouble, std::uint64_t commits, std::int64_t now_ms)
    {
        if (!waits || trouble || commits != commits_ || since_ms_ == 0) since_ms_ = now_ms;
        commits_ = commits;
        return now_ms - since_ms_ < patience_ms;
    }

private:
    std::uint64_t commits_ = 0;
    std::int64_t since_ms_ = 0;  // nothing was due, or something was done
};

}  // namespace tidegate::gateway
