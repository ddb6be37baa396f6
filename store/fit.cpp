#include "store/fit.hpp"

#include <algorithm>

namespace tidegate::store {

Fit::Fit(const HistoryQuery& query, std::int64_t width_ms)
    : from_ms_(query.from_ms),
      width_ms_(width_ms),
      most_(query.points)
{
}

void Fit::add(Point point)
{
    text_ = text_ || std::holds_alternative<std::string>(point.value);
    add_to_bucket(point);
    if (!all_fit_) return;
    all_fit_ = points_.size() < most_;
    if (all_fit_)
        points_.push_back(std::move(point));
    else
        points_ = {};
}

void Fit::add_to_bucket(const Point& point)
{
    const auto value = as_number(point.value);
    if (buckets_.empty() || point.time_ms >= buckets_.back().start_ms + width_ms_) {
        const auto start = from_ms_ + (point.time_ms - from_ms_) / width_ms_ * width_ms_;
        buckets_.push_back({start, value, value, 0, 0, 0, {}});
    }
    auto& bucket = buckets_.back();
    bucket.least = std::min(bucket.least, value);
    bucket.most = std::max(bucket.most, value);
    bucket.sum += value;
    ++bucket.count;
    bucket.last_ms = point.time_ms;
    bucket.last = point.value;
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
        out.min.push_back(bucket.least);
        out.mean.push_back(bucket.sum / static_cast<double>(bucket.count));
        out.max.push_back(bucket.most);
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
