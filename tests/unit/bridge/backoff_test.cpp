#include "bridge/backoff.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, BeginsWithTheFirst)
{
    EXPECT_EQ(Backoff(100ms, 10s).failed(0.0), 100ms);
    EXPECT_EQ(Backoff(100ms, 10s).failed(0.999), 100ms);
}

TEST(Backoff, GrowsThreefoldAtMost)
{
    Backoff backoff(100ms, 10s);
    backoff.failed(0.5);
    EXPECT_EQ(backoff.failed(1.0), 300ms);
    EXPECT_EQ(backoff.failed(1.0), 900ms);
    EXPECT_EQ(backoff.failed(0.5), 1400ms);
}

TEST(Backoff, StaysBetweenTheFirstAndTheMostWhateverTheChance)
{
    std::mt19937 random(1);
    std::uniform_real_distribution<> chance(0, 1);
    Backoff backoff(1s, 60s);
    for (int i = 0; i < 10'000; ++i) {
        const auto pause = backoff.failed(chance(random));
        ASSERT_GE(pause, 1s);
        ASSERT_LE(pause, 60s);
    }
}

TEST(Backoff, ReachesTheMost)
{
    Backoff backoff(1s, 60s);
    auto pause = 0ms;
    for (int i = 0; i < 10; ++i) pause = backoff.failed(1.0);
    EXPECT_EQ(pause, 60s);
}

TEST(Backoff, StartsOverAfterASuccess)
{
    Backoff backoff(100ms, 10s);
    for (int i = 0; i < 5; ++i) backoff.failed(1.0);

    backoff.succeeded();

    EXPECT_EQ(backoff.failed(1.0), 100ms);
}

}  // namespace
}  // namespace tidegate::bridge
