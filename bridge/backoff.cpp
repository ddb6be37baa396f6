#include "bridge/backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate::bridge {

Backoff::Duration Backoff::failed(double chance)
{
    const auto span = std::max(Duration::zero(), 3 * last_ - first_);
    const auto extra = last_ == Duration::zero() ? 0.0 : static_cast<double>(span.count()) * chance;
    last_ = std::min(most_, first_ + Duration(static_cast<std::int64_t>(extra)));
    return last_;
}

}  // namespace tidegate::bridge
