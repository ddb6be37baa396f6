#include "bridge/rate_meter.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

TEST(RateMeter, ShowsASteadyRate)
{
    RateMeter rate;
    std::int64_t now = 1'000'000;
    for (int second = 0; second < 60; ++second) rate.count(500, now += 1000);
    EXPECT_NEAR(rate.per_second(now), 500, 60);
}

TEST(RateMeter, ForgetsWithinAMinute)
{
    RateMeter rate;
    rate.count(1000, 1'000'000);
    EXPECT_GT(rate.per_second(1'000'000), 100);
    EXPECT_LT(rate.per_second(1'060'000), 0.01);
}

TEST(RateMeter, IsZeroBeforeAnything)
{
    EXPECT_EQ(RateMeter().per_second(123), 0);
}

}  // namespace
}  // namespace tidegate::bridge
