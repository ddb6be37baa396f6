#include "firmware-sim/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::sim {

std::uint64_t Pacer::due(std::int64_t now_us, std::uint64_t room)
{
    if (per_second_ <= 0) return room;
    const double scheduled = std::floor(static_cast<double>(now_us) * per_second_ / 1e6) + 1;
    sent_ = std::max(sent_, scheduled - std::max(1.0, std::floor(per_second_)));
    const auto owed = static_cast<std::uint64_t>(std::max(0.0, scheduled - sent_));
    const auto now = std::min(owed, room);
    sent_ += static_cast<double>(now);
    return now;
}

std::int64_t Pacer::wait_us(std::int64_t now_us, std::int64_t shortest, std::int64_t longest) const
{
    if (per_second_ <= 0) return shortest;
    const auto next = static_cast<std::int64_t>(std::ceil(sent_ / per_second_ * 1e6));
    return std::clamp(next - now_us, shortest, longest);
}

}  // namespace tidegate::sim
