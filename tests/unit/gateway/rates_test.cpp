#include "gateway/rates.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

TEST(Rate, IsTheGrowthOverItsWindow)
{
    Rate rate(5000);
    EXPECT_EQ(rate.per_second(), 0);
    for (int second = 0; second <= 20; ++second)
        rate.look(second * 1000, second < 10 ? 0 : (second - 10) * 100.0);
    EXPECT_DOUBLE_EQ(rate.per_second(), 100);
}

}  // namespace
}  // namespace tidegate::gateway
