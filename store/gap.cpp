#include "store/gap.hpp"

#include <algorithm>
#include <map>

namespace tidegate::store {

std::uint64_t count_of(const GapPart& part)
{
    std::uint64_t count = 0;
    for (const auto& [id, of_one] : part.series) count += of_one;
    return count;
}

std::uint64_t count_of(const Gap& gap, SeriesId series)
{
    std::uint64_t count = 0;
    for (const auto& part : gap.parts) {
        const auto found = std::lower_bound(part.series.begin(), part.series.end(), std::pair(series, 0UL));
        if (found != part.series.end() && found->first == series) count += found->second;
    }
    return count;
}

Gap lost_between(const Gap& before, const Gap& after)
{
    std::map<SeriesId, std::uint64_t> left;
    for (const auto& part : after.parts)
        for (const auto& [id, count] : part.series) left[id] += count;
    Gap lost;
    lost.at_ms = before.at_ms;
    lost.of = before.of;
    for (const auto& part : before.parts) {
        auto seq = part.first_seq;
        bool joined = false;  // to the row before
        for (const auto& [id, count] : part.series) {
            const auto kept = std::min(left[id], count);
            left[id] -= kept;
            if (kept < count) {
                if (!joined) lost.parts.push_back({seq, part.from_ms, part.to_ms, {}});
                lost.parts.back().series.emplace_back(id, count - kept);
                lost.count += count - kept;
                lost.from_ms = lost.from_ms == 0 ? part.from_ms : std::min(lost.from_ms, part.from_ms);
                lost.to_ms = std::max(lost.to_ms, part.to_ms);
                if (seq > 0) {
                    lost.first_seq = lost.first_seq == 0 ? seq : std::min(lost.first_seq, seq);
                    lost.last_seq = std::max(lost.last_seq, seq + count - kept - 1);
                }
            }
            joined = kept == 0;
            if (seq > 0) seq += count;
        }
    }
    return lost;
}

}  // namespace tidegate::store
