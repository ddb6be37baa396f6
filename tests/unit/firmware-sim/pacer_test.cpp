#include "firmware-sim/pacer.hpp"

#include <gtest/gtest.h>

using tidegate::sim::Pacer;

TEST(Pacer, KeepsTheRate)
{
    Pacer pacer(100);
    std::uint64_t sent = 0;
    for (std::int64_t now = 0; now < 10'000'000; now += 3'000) sent += pacer.due(now, 1000);

    EXPECT_EQ(sent, 1000U);
}

TEST(Pacer, CatchesUpWithinASecondAndLetsGoOfMore)
{
    Pacer pacer(100);
    EXPECT_EQ(pacer.due(0, 1000), 1U);
    EXPECT_EQ(pacer.due(500'000, 20), 20U);
    EXPECT_EQ(pacer.due(500'000, 1000), 30U);
    EXPECT_EQ(pacer.due(60'500'000, 10'000), 100U);
    EXPECT_EQ(pacer.due(60'500'000, 10'000), 0U);
}

TEST(Pacer, WaitsUntilTheNextIsDue)
{
    Pacer pacer(50);
    pacer.due(0, 1);

    EXPECT_EQ(pacer.wait_us(0, 1'000, 50'000), 20'000);
    EXPECT_EQ(pacer.wait_us(19'900, 1'000, 50'000), 1'000);
    EXPECT_EQ(pacer.wait_us(0, 1'000, 5'000), 5'000);
}

TEST(Pacer, SendsAllThereIsRoomForAtRateZero)
{
    Pacer pacer(0);

    EXPECT_EQ(pacer.due(0, 200), 200U);
    EXPECT_EQ(pacer.due(0, 17), 17U);
}

TEST(Pacer, SendsOneInTenSecondsAtATenthOfAMessageASecond)
{
    Pacer pacer(0.1);
    std::uint64_t sent = 0;
    for (std::int64_t now = 0; now < 100'000'000; now += 50'000) sent += pacer.due(now, 200);

    EXPECT_EQ(sent, 10U);
}

TEST(Pacer, RisesEvenlyToItsRate)
{
    Pacer pacer(1000, 10);
    std::uint64_t sent = 0;
    std::int64_t now = 0;
    for (; now < 5'000'000; now += 2'000) sent += pacer.due(now, 1000);
    EXPECT_NEAR(static_cast<double>(sent), 1250, 5);
    EXPECT_NEAR(pacer.rate(now), 500, 1);
    for (; now < 20'000'000; now += 2'000) sent += pacer.due(now, 1000);
    EXPECT_NEAR(static_cast<double>(sent), 15'000, 5);
    EXPECT_DOUBLE_EQ(pacer.rate(now), 1000);
}

TEST(Pacer, WaitsAsLongAsTheRampSays)
{
    Pacer pacer(100, 10);
    EXPECT_EQ(pacer.due(0, 1), 1U);
    // 5 t² messages are due after t seconds.
    EXPECT_NEAR(static_cast<double>(pacer.wait_us(0, 1'000, 10'000'000)), 447'214, 2);
}
