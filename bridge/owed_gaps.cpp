#include "bridge/owed_gaps.hpp"

#include "base/log.hpp"

#include <utility>

namespace tidegate::bridge {

namespace {

constexpr std::size_t most_gaps = 4;  // a delivery; each may speak of hundreds of series

}  // namespace

void OwedGaps::read()
{
    while (gaps_.empty()) {
        auto gaps = store_.owed_gaps(name_, most_gaps);
        if (!gaps) return log::warning("gaps of upstream={} cannot be read: {}", name_, gaps.error().what);
        if (gaps->empty()) return;
        gaps_ = std::move(*gaps);
        const auto last = gaps_.back().id;
        tell_only_of_what_it_gets();
        if (gaps_.empty()) store_.gaps_delivered(name_, last);
    }
}

// Takes out of the gaps the series that are not for this upstream.
void OwedGaps::tell_only_of_what_it_gets()
{
    if (!sink_.takes_gaps()) return gaps_.clear();
    if (selection_.takes_all()) return;
    std::erase_if(gaps_, [this](store::Gap& gap) {
        if (gap.parts.empty()) return false;  // it is not known what is missing
        auto parts = std::exchange(gap.parts, {});
        for (auto& part : parts) {
            auto first = part.first_seq;
            for (const auto& [series, count] : part.series) {
                if (selection_.takes(store_.series(), series)) {
                    auto own = part;
                    own.first_seq = first;
                    own.series = {{series, count}};
                    gap.parts.push_back(std::move(own));
                }
                first += count;
            }
        }
        return gap.parts.empty();
    });
}

void OwedGaps::told()
{
    store_.gaps_delivered(name_, gaps_.back().id);
    gaps_.clear();
}

void OwedGaps::fewer()
{
    gaps_.resize(gaps_.size() / 2);
}

}  // namespace tidegate::bridge
