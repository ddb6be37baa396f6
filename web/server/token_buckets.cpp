#include "web/server/token_buckets.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::web {

void TokenBuckets::set(double rate, double burst)
{
    rate_ = rate;
    burst_ = burst;
}

double TokenBuckets::filled(const Bucket& bucket, std::int64_t now_ms) const
{
    constexpr double second_ms = 1000;
    const double earned = static_cast<double>(now_ms - bucket.at_ms) / second_ms * rate_;
    return std::min(burst_, bucket.tokens + std::max(0.0, earned));
}

void TokenBuckets::forget_the_full(std::int64_t now_ms)
{
    constexpr std::int64_t rest_ms = 1000;
    if (now_ms - tidied_ms_ < rest_ms && tidied_ms_ != 0) return;  // it looks at each
    tidied_ms_ = now_ms;
    std::erase_if(buckets_, [&](const auto& one) { return filled(one.second, now_ms) >= burst_; });
}

std::int64_t TokenBuckets::take(std::string_view key, std::int64_t now_ms)
{
    if (rate_ <= 0 || key.empty()) return 0;
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        if (buckets_.size() >= most) forget_the_full(now_ms);
        const std::string name(buckets_.size() < most ? key : std::string_view());
        found = buckets_.try_emplace(name, Bucket{burst_, now_ms}).first;
    }
    auto& bucket = found->second;
    bucket = {filled(bucket, now_ms), now_ms};
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
    }
    return std::max<std::int64_t>(1, std::llround(std::ceil((1 - bucket.tokens) / rate_)));
}

}  // namespace tidegate::web
