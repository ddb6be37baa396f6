#include "store/upstream_gaps.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

constexpr std::size_t most_series = 200;  // of one gap: what one delivery can carry

}  // namespace

std::vector<Stretch> stretches(const std::vector<Gap>& history, std::uint64_t first, std::uint64_t last)
{
    std::vector<Stretch> known;
    for (const auto& gap : history)
        for (const auto& part : gap.parts)
            if (const auto end = part.first_seq + count_of(part); part.first_seq <= last && end > first)
                known.push_back({std::max(part.first_seq, first), std::min(end - 1, last), &gap, &part});
    std::sort(known.begin(), known.end(), [](auto& a, auto& b) { return a.first < b.first; });
    std::vector<Stretch> all;
    for (auto& one : known) {
        one.first = std::max(one.first, first);
        if (one.first > one.last) continue;  // told of by the one before
        if (one.first > first) all.push_back({first, one.first - 1, nullptr, nullptr});
        first = one.last + 1;
        all.push_back(one);
    }
    if (first <= last) all.push_back({first, last, nullptr, nullptr});
    return all;
}

std::vector<Gap> gaps_of(const Stretch& stretch, const std::string& upstream)
{
    Gap gap;
    gap.at_ms = wall_ms();
    gap.upstream = upstream;
    gap.first_seq = stretch.first;
    if (stretch.source == nullptr) {
        gap.reason = "damage";
        gap.last_seq = stretch.last;
        gap.count = stretch.last - stretch.first + 1;
        return {std::move(gap)};
    }
    gap.reason = stretch.source->reason;
    gap.resolution_ms = stretch.source->resolution_ms;
    gap.from_ms = stretch.part->from_ms;
    gap.to_ms = stretch.part->to_ms;
    std::vector<Gap> gaps;
    auto seq = stretch.part->first_seq;
    GapPart part{stretch.first, gap.from_ms, gap.to_ms, {}};
    const auto finish = [&](std::uint64_t next) {
        if (part.series.empty()) return;
        gap.first_seq = part.first_seq;
        gap.last_seq = next - 1;
        gap.count = next - part.first_seq;
        gaps.push_back(gap);
        gaps.back().parts.push_back(std::exchange(part, {next, gap.from_ms, gap.to_ms, {}}));
    };
    for (const auto& [id, count] : stretch.part->series) {
        const auto from = std::max(seq, stretch.first), to = std::min(seq + count - 1, stretch.last);
        seq += count;
        if (count == 0 || from > to) continue;
        part.series.emplace_back(id, to - from + 1);
        if (part.series.size() == most_series) finish(to + 1);
    }
    finish(stretch.last + 1);
    return gaps;
}

Gap refused_gap(std::span<const Record> records, const std::string& upstream)
{
    Gap gap;
    gap.at_ms = wall_ms();
    gap.reason = "refused";
    gap.upstream = upstream;
    gap.from_ms = gap.to_ms = records.front().reading.time_ms;
    gap.first_seq = records.front().seq;
    for (const auto& [seq, reading] : records) {
        if (gap.parts.empty() || gap.parts.back().series.back().first != reading.series) {
            if (gap.parts.size() == most_series) break;
            gap.parts.push_back({seq, reading.time_ms, reading.time_ms, {{reading.series, 0}}});
        }
        auto& part = gap.parts.back();
        ++part.series.back().second;
        part.from_ms = std::min(part.from_ms, reading.time_ms);
        part.to_ms = std::max(part.to_ms, reading.time_ms);
        gap.from_ms = std::min(gap.from_ms, reading.time_ms);
        gap.to_ms = std::max(gap.to_ms, reading.time_ms);
        gap.last_seq = seq;
        ++gap.count;
    }
    return gap;
}

}  // namespace tidegate::store
