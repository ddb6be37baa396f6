#include "store/hot_series.hpp"

#include "store/repeats.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tidegate::store {

namespace {

// So many of the newest wait for what comes late, when a block is coded: one that is out of order costs ten
// bytes.
constexpr std::size_t held_back = 64;

void keep_between(std::int64_t from_ms, std::int64_t to_ms, std::vector<Point>& points, std::size_t begin)
{
    const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
    points.erase(
        std::remove_if(first, points.end(),
                       [&](auto& point) { return point.time_ms < from_ms || point.time_ms >= to_ms; }),
        points.end());
}

}  // namespace

void HotCopy::give(std::int64_t from_ms, std::int64_t to_ms, std::vector<Point>& points) const
{
    const auto begin = points.size();
    [[maybe_unused]] const auto decoded = decode_chunk(coded, base_ms, coded_count, points);
    assert(decoded && points.size() == begin + coded_count);
    points.insert(points.end(), tail.begin(), tail.end());
    keep_between(from_ms, to_ms, points, begin);
}

std::uint64_t HotSeries::bits_of(const Value& value)
{
    if (const auto* number = std::get_if<double>(&value)) return std::bit_cast<std::uint64_t>(*number);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::bit_cast<std::uint64_t>(*number);
    if (const auto* yes = std::get_if<bool>(&value)) return *yes ? 1 : 0;
    texts_.push_back(std::get<std::string>(value));
    text_bytes_ += sizeof(std::string) + texts_.back().size();
    return texts_.size() - 1;
}

void HotSeries::keep(std::int64_t time_ms, const Value& value, std::uint8_t flags)
{
    tail_.push_back({static_cast<std::uint32_t>(time_ms - base_ms_), static_cast<std::uint8_t>(value.index()),
                     flags, bits_of(value)});
}

std::ptrdiff_t HotSeries::add(std::int64_t time_ms, const Value& value, std::uint8_t flags)
{
    const bool full = tail_.size() + 1 == block_points + held_back;
    const bool grows = full || tail_.size() == tail_.capacity() || std::holds_alternative<std::string>(value);
    const auto before = grows ? bytes() : 0;
    least_ms_ = std::min(least_ms_, time_ms);
    most_ms_ = std::max(most_ms_, time_ms);
    if (tail_.size() == tail_.capacity() && tail_.capacity() >= 32) tail_.reserve(block_points + held_back);
    keep(time_ms, value, flags);
    if (full) pack();
    return grows ? static_cast<std::ptrdiff_t>(bytes() - before) : 0;
}

void HotSeries::pack()
{
    const auto points = tail();
    encoder_.add(std::span(points).first(block_points), coded_);
    coded_count_ += block_points;
    tail_.clear();
    texts_.clear();
    text_bytes_ = 0;
    for (const auto& point : std::span(points).subspan(block_points))
        keep(point.time_ms, point.value, point.flags);
}

std::size_t HotSeries::bytes() const
{
    return coded_.capacity() + tail_.capacity() * sizeof(Raw) + text_bytes_;
}

std::vector<Point> HotSeries::tail() const
{
    std::vector<Point> points(tail_.size());
    for (std::size_t i = 0; i < tail_.size(); ++i) {
        const auto& raw = tail_[i];
        auto& point = points[i];
        point.time_ms = base_ms_ + raw.after_ms;
        point.flags = raw.flags;
        switch (raw.kind) {
        case 0: point.value = raw.bits != 0; break;
        case 1: point.value = std::bit_cast<std::int64_t>(raw.bits); break;
        case 2: point.value = std::bit_cast<double>(raw.bits); break;
        default: point.value = texts_[raw.bits];
        }
    }
    sort_by_time(points);
    return points;
}

HotCopy HotSeries::copy() const
{
    return {base_ms_, coded_count_, coded_, tail()};
}

std::string HotSeries::encode() const
{
    auto all = coded_;
    auto encoder = encoder_;
    encoder.add(tail(), all);
    return all;
}

}  // namespace tidegate::store
