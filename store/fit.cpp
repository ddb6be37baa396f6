#include "store/fit.hpp"

#include <algorithm>

namespace tidegate::store {

Fit::Fit(std::size_t most, std::int64_t start_ms, std::int64_t width_ms)
    : most_(most),
      start_ms_(start_ms),
      width_ms_(width_ms)
{
}

Rollup& Fit::bucket_at(std::int64_t time_ms)
{
    if (buckets_.empty() || time_ms >= buckets_.back().start_ms + width_ms_) {
        buckets_.emplace_back();
        buckets_.back().start_ms = start_ms_ + (time_ms - start_ms_) / width_ms_ * width_ms_;
    }
    return buckets_.back();
}

void Fit::add(Point point)
{
    text_ = text_ || std::holds_alternative<std::string>(point.value);
    if (can_roll(point)) bucket_at(point.time_ms).add(point);
    if (!all_fit_) return;
    all_fit_ = points_.size() < most_;
    if (all_fit_)
        points_.push_back(std::move(point));
    else
        points_ = {};
}

void Fit::add(const Rollup& rollup)
{
    all_fit_ = false;
    points_ = {};
    text_ = text_ || std::holds_alternative<std::string>(rollup.last);
    auto& bucket = bucket_at(rollup.start_ms);
    if (bucket.count == 0) bucket.first = rollup.first;
    bucket.count += rollup.count;
    bucket.min = std::min(bucket.min, rollup.min);
    bucket.max = std::max(bucket.max, rollup.max);
    bucket.sum += rollup.sum;
    bucket.last = rollup.last;
    bucket.last_ms = rollup.last_ms;
}

SeriesHistory Fit::as_they_are()
{
    SeriesHistory out;
    for (auto& point : points_) {
        out.t.push_back(point.time_ms);
        out.v.push_back(std::move(point.value));
    }
    return out;
}

SeriesHistory Fit::last_texts()
{
    SeriesHistory out;
    for (auto& bucket : buckets_) {
        out.t.push_back(bucket.last_ms);
        out.v.push_back(std::move(bucket.last));
    }
    return out;
}

SeriesHistory Fit::in_buckets() const
{
    SeriesHistory out;
    out.raw = false;
    for (const auto& bucket : buckets_) {
        out.t.push_back(bucket.start_ms);
        out.min.push_back(bucket.min);
        out.mean.push_back(bucket.sum / static_cast<double>(bucket.count));
        out.max.push_back(bucket.max);
        out.count.push_back(bucket.count);
    }
    return out;
}

SeriesHistory Fit::take(SeriesId series)
{
    auto out = all_fit_ ? as_they_are() : text_ ? last_texts() : in_buckets();
    out.series = series;
    return out;
}

}  // namespace tidegate::store
