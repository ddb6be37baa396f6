#include "bridge/trace_tap.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr std::size_t most_sightings = 100;  // tries that fail go on for as long as the other side is away

bool is_same(const store::Reading& one, const store::Reading& other)
{
    return one.series == other.series && store::Point{one.time_ms, one.value, one.flags} ==
                                             store::Point{other.time_ms, other.value, other.flags};
}

}  // namespace

std::int64_t TraceTap::now_us()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void TraceTap::begin(std::string id, std::vector<store::Reading> readings)
{
    const std::scoped_lock lock(mutex_);
    id_ = std::move(id);
    readings_ = std::move(readings);
    seen_.clear();
    on_ = !readings_.empty();
}

void TraceTap::end()
{
    const std::scoped_lock lock(mutex_);
    on_ = false;
    readings_.clear();
}

std::vector<TraceTap::Sighting> TraceTap::seen() const
{
    const std::scoped_lock lock(mutex_);
    return seen_;
}

std::vector<std::uint64_t> TraceTap::find(std::span<const store::Record> records, std::string& id) const
{
    const std::scoped_lock lock(mutex_);
    std::vector<std::uint64_t> seqs;
    for (const auto& record : records)
        if (std::ranges::any_of(readings_, [&](const auto& one) { return is_same(one, record.reading); }))
            seqs.push_back(record.seq);
    id = id_;
    return seqs;
}

void TraceTap::saw(Sighting sighting)
{
    const std::scoped_lock lock(mutex_);
    if (seen_.size() < most_sightings) seen_.push_back(std::move(sighting));
}

}  // namespace tidegate::bridge
