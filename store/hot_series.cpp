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

HotSeries::More& HotSeries::more()
{
    if (!more_) more_ = std::make_unique<More>(base_ms_);
    return *more_;
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
    const auto after_ms = static_cast<std::uint32_t>(time_ms - base_ms_);
    least_after_ms_ = std::min(least_after_ms_, after_ms);
    most_after_ms_ = std::max(most_after_ms_, after_ms);
    if (tail_.size() == tail_.capacity() && tail_.capacity() >= 32) tail_.reserve(block_points + held_back);
    if (value.is_text()) {
        auto& own = more();
        own.texts.push_back(std::move(texts[value.bits]));
        own.text_bytes += sizeof(std::string) + own.texts.back().size();
        value.bits = own.texts.size() - 1;
    }
    keep(time_ms, value, flags);
    if (full) pack();
    return grows ? static_cast<std::ptrdiff_t>(bytes() - before) : 0;
}

void HotSeries::pack()
{
    const auto points = tail();
    auto& own = more();
    own.encoder.add(std::span(points).first(block_points), own.coded);
    own.coded_count += block_points;
    tail_.clear();
    own.texts.clear();
    own.text_bytes = 0;
    for (const auto& point : std::span(points).subspan(block_points)) {
        const RawValue value(point.value, own.texts);
        if (value.is_text()) own.text_bytes += sizeof(std::string) + own.texts.back().size();
        keep(point.time_ms, value, point.flags);
    }
}

std::size_t HotSeries::bytes() const
{
    const auto own = more_ ? sizeof(More) + more_->coded.capacity() + more_->text_bytes : 0;
    return own + tail_.capacity() * sizeof(Raw);
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
        default: point.value = more_->texts[raw.bits];
        }
    }
    sort_by_time(points);
    return points;
}

HotCopy HotSeries::copy() const
{
    return more_ ? HotCopy{base_ms_, more_->coded_count, more_->coded, tail()}
                 : HotCopy{base_ms_, 0, {}, tail()};
}

std::string HotSeries::encode() const
{
    auto all = more_ ? more_->coded : std::string();
    auto encoder = more_ ? more_->encoder : ChunkEncoder(base_ms_);
    encoder.add(tail(), all);
    return all;
}

}  // namespace tidegate::store
