#pragma once

#include "store/reading.hpp"

#include <cstdint>
#include <vector>

namespace tidegate::gateway {

// Which readings of bulk series go by under pressure (load_level.hpp): of each series one in ten seconds is
// kept at level 2, and one a minute at level 3, so that none falls silent. One thread.
class Thinner {
public:
    static constexpr int thins_from = 2;

    // True: this one goes by. `now_ms`: when it arrived.
    bool drops(store::SeriesId series, std::int64_t now_ms, int level)
    {
        if (level < thins_from) return false;
        if (series >= kept_ms_.size()) kept_ms_.resize(series + std::size_t{1});
        auto& kept_ms = kept_ms_[series];
        const auto since_ms = now_ms - kept_ms;
        const auto pause_ms = level == thins_from ? 10'000 : 60'000;
        if (kept_ms != 0 && since_ms >= 0 && since_ms < pause_ms) return true;
        kept_ms = now_ms;
        return false;
    }

private:
    std::vector<std::int64_t> kept_ms_;  // by id: when one was kept under pressure
};

}  // namespace tidegate::gateway
