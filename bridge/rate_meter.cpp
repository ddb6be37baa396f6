#include "bridge/rate_meter.hpp"

#include <cmath>

namespace tidegate::bridge {

namespace {

constexpr double memory_ms = 5000;  // after so long an event weighs 1/e

double fade(std::int64_t from_ms, std::int64_t to_ms)
{
    return to_ms > from_ms ? std::exp(static_cast<double>(from_ms - to_ms) / memory_ms) : 1;
}

}  // namespace

void RateMeter::count(std::uint64_t events, std::int64_t now_ms)
{
    weight_ = weight_ * fade(at_ms_, now_ms) + static_cast<double>(events);
    at_ms_ = now_ms;
}

double RateMeter::per_second(std::int64_t now_ms) const
{
    constexpr double ms_a_second = 1000;
    return weight_ * fade(at_ms_, now_ms) / (memory_ms / ms_a_second);
}

}  // namespace tidegate::bridge
