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

RawValue::RawValue(const Value& value, std::vector<std::string>& texts)
    : bits(0),
      kind(static_cast<std::uint8_t>(value.index()))
{
    if (const auto* number = std::get_if<double>(&value))
        bits = std::bit_cast<std::uint64_t>(*number);
    else if (const auto* whole = std::get_if<std::int64_t>(&value))
        bits = std::bit_cast<std::uint64_t>(*whole);
    else if (const auto* yes = std::get_if<bool>(&value))
        bits = *yes ? 1 : 0;
    else {
        bits = texts.size();
        texts.push_back(std::get<std::string>(value));
    }
}

void HotSeries::keep(std::int64_t time_ms, RawValue value, std::uint8_t flags)
{
    tail_.push_back({static_cast<std::uint32_t>(time_ms - base_ms_), value.kind, flags, value.bits});
}

std::ptrdiff_t HotSeries::add(std::int64_t time_ms,
                              RawValue value,
                              std::uint8_t flags,
                              std::vector<std::string>& texts)
{
    const bool full = tail_.size() + 1 == block_points + held_back;
    const bool grows = full || tail_.size() == tail_.capacity() || value.is_text();
    const auto before = grows ? bytes() : 0;
    least_ms_ = std::min(least_ms_, time_ms);
    most_ms_ = std::max(most_ms_, time_ms);
    if (tail_.size() == tail_.capacity() && tail_.capacity() >= 32) tail_.reserve(block_points + held_back);
    if (value.is_text()) {
        texts_.push_back(std::move(texts[value.bits]));
        text_bytes_ += sizeof(std::string) + texts_.back().size();
        value.bits = texts_.size() - 1;
    }
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
    for (const auto& point : std::span(points).subspan(block_points)) {
        const RawValue value(point.value, texts_);
        if (value.is_text()) text_bytes_ += sizeof(std::string) + texts_.back().size();
        keep(point.time_ms, value, point.flags);
    }
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
