#include "gateway/rules/rate_window.hpp"

namespace tidegate::gateway {

std::optional<double> RateWindow::push(std::int64_t at_ms, double value)
{
    if (!points_.empty() && at_ms <= points_.back().at_ms) return std::nullopt;
    while (points_.size() > 1 && at_ms - points_[1].at_ms >= span_ms_) points_.pop_front();
    if (!points_.empty() && at_ms - points_.front().at_ms > 2 * span_ms_) points_.pop_front();
    std::optional<double> rate;
    if (!points_.empty()) {
        const auto& first = points_.front();
        const auto passed = at_ms - first.at_ms;
        if (2 * passed >= span_ms_) rate = (value - first.value) / static_cast<double>(passed);
    }
    // One in each step is enough; the newest is where the next one is measured from only when it is old.
    const auto step = span_ms_ / (most - 2);
    if (points_.empty() || at_ms - points_.back().at_ms >= step) points_.push_back({at_ms, value});
    return rate;
}

}  // namespace tidegate::gateway
