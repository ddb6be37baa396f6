#include "firmware-sim/signal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tidegate::sim {

namespace {

constexpr double day_ms = 86'400'000;
constexpr double hour_ms = 3'600'000;

// Seconds since the last sample; 0 at the first one.
double step_s(std::int64_t& last_ms, std::int64_t now_ms)
{
    const auto from = last_ms == 0 ? now_ms : last_ms;
    last_ms = now_ms;
    return static_cast<double>(std::max<std::int64_t>(0, now_ms - from)) / 1000.0;
}

}  // namespace

Noise::Noise(double deviation, double memory_s, Random& random)
    : deviation_(deviation),
      memory_s_(memory_s),
      value_(deviation * random.normal())
{
}

double Noise::sample(std::int64_t time_ms, Random& random)
{
    const double kept = std::exp(-step_s(last_ms_, time_ms) / memory_s_);
    value_ = kept * value_ + std::sqrt(1.0 - kept * kept) * deviation_ * random.normal();
    return value_;
}

Wave::Wave(const WaveShape& shape, std::uint64_t seed)
    : shape_(shape),
      random_(seed),
      noise_(shape.noise, 60, random_),
      drift_(shape.drift, 6 * 3600, random_)
{
}

double Wave::sample(std::int64_t time_ms)
{
    const double peak = shape_.peak_hour * hour_ms;
    const double angle = 2 * std::numbers::pi * (static_cast<double>(time_ms) - peak) / day_ms;
    const double value = shape_.mean + shape_.daily * std::cos(angle) + noise_.sample(time_ms, random_) +
                         drift_.sample(time_ms, random_);
    return std::clamp(value, shape_.lowest, shape_.highest);
}

double Counter::sample(std::int64_t time_ms, double per_hour)
{
    total_ += std::max(0.0, per_hour) * step_s(last_ms_, time_ms) / 3600.0;
    return total_;
}

bool Toggle::sample(std::int64_t time_ms)
{
    const double stays = std::exp(-step_s(last_ms_, time_ms) / dwell_s_);
    if (random_.uniform() >= stays) on_ = !on_;
    return on_;
}

std::size_t Steps::sample(std::int64_t time_ms)
{
    const double stays = std::exp(-step_s(last_ms_, time_ms) / dwell_s_);
    if (levels_ > 1 && random_.uniform() >= stays)
        level_ = (level_ + 1 + random_() % (levels_ - 1)) % levels_;
    return level_;
}

}  // namespace tidegate::sim
