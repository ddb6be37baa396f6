#pragma once

#include "gateway/rules/rule_set.hpp"
#include "store/books.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidegate::gateway {

// Deadband, on-change and heartbeat: what is too near to the last one that was kept is not news. Held against
// that one and not against the one before, a slow drift is seen. At a restart nothing is known, and the next
// one is kept. Used by one thread.
class ChangeFilter {
public:
    // Why it is not to be stored. None: it is, and those behind it are held against it. So is a reading that
    // is older than that one: which was its neighbour is not known.
    std::optional<store::Suppress> judge(const store::Reading& reading, const Settings& settings);

    void fetch(store::SeriesId series) const  // ahead of judge()
    {
        if (series < kept_.size()) __builtin_prefetch(&kept_[series]);
    }

private:
    struct Kept {
        store::Value value;
        std::int64_t time_ms = 0;
        bool any = false;
    };
    std::vector<Kept> kept_;  // by id: found with one look
};

}  // namespace tidegate::gateway
