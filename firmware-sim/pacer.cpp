#include "firmware-sim/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::sim {

double Pacer::rate(std::int64_t now_us) const
{
    const double seconds = static_cast<double>(now_us) / 1e6;
    return seconds < ramp_s_ ? per_second_ * seconds / ramp_s_ : per_second_;
}

double Pacer::scheduled(double seconds) const
{
    if (seconds < ramp_s_) return per_second_ * seconds * seconds / (2 * ramp_s_);
    return per_second_ * (seconds - ramp_s_ / 2);
}

std::uint64_t Pacer::due(std::int64_t now_us, std::uint64_t room)
{
    if (per_second_ <= 0) return room;
    const double by_now = std::floor(scheduled(static_cast<double>(now_us) / 1e6)) + 1;
    sent_ = std::max(sent_, by_now - std::max(1.0, std::floor(per_second_)));
    const auto owed = static_cast<std::uint64_t>(std::max(0.0, by_now - sent_));
    const auto now = std::min(owed, room);
    sent_ += static_cast<double>(now);
    return now;
}

std::int64_t Pacer::wait_us(std::int64_t now_us, std::int64_t shortest, std::int64_t longest) const
{
    if (per_second_ <= 0) return shortest;
    const double of_ramp = per_second_ * ramp_s_ / 2;
    const double seconds =
        sent_ < of_ramp ? std::sqrt(2 * ramp_s_ * sent_ / per_second_) : sent_ / per_second_ + ramp_s_ / 2;
    const auto next = static_cast<std::int64_t>(std::ceil(seconds * 1e6));
    return std::clamp(next - now_us, shortest, longest);
}

}  // namespace tidegate::sim
