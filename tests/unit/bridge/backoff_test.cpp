#include "bridge/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t seeds = 200;

TEST(Backoff, BeginsWithTheFirst)
{
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) EXPECT_EQ(Backoff(100ms, 10s, seed).failed(), 100ms);
}

TEST(Backoff, StaysBetweenTheFirstAndThriceTheLastAndReachesBoth)
{
    auto shortest = 10s + 0ms, longest = 0ms;
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
        Backoff backoff(100ms, 10s, seed);
        backoff.failed();
        const auto second = backoff.failed();
        ASSERT_GE(second, 100ms);
        ASSERT_LE(second, 300ms);
        ASSERT_LE(backoff.failed(), 3 * second);
        shortest = std::min(shortest, second);
        longest = std::max(longest, second);
    }
    EXPECT_LT(shortest, 120ms);
    EXPECT_GT(longest, 280ms);
}

TEST(Backoff, NeverWaitsLongerThanTheMost)
{
    Backoff backoff(1s, 60s, 1);
    auto longest = 0ms;
    for (int i = 0; i < 10'000; ++i) {
        const auto pause = backoff.failed();
        ASSERT_GE(pause, 1s);
        ASSERT_LE(pause, 60s);
        longest = std::max(longest, pause);
    }
    EXPECT_EQ(longest, 60s);
}

TEST(Backoff, WaitsForAnotherTimeInEachGateway)
{
    std::set<Backoff::Duration> pauses;
    for (std::uint32_t i = 0; i < seeds; ++i) {
        Backoff backoff(1s, 60s);
        backoff.failed();
        pauses.insert(backoff.failed());
    }
    EXPECT_GT(pauses.size(), seeds / 2);
}

TEST(Backoff, StartsOverAfterASuccess)
{
    Backoff backoff(100ms, 10s, 1);
    for (int i = 0; i < 5; ++i) backoff.failed();

    backoff.succeeded();

    EXPECT_EQ(backoff.failed(), 100ms);
}

}  // namespace
}  // namespace tidegate::bridge
