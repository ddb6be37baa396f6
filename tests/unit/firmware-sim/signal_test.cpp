#include "firmware-sim/signal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace tidegate::sim;

namespace {

constexpr std::int64_t noon = 1'764'072'000'000;  // 2025-11-25 12:00 UTC

std::vector<double> minute_by_minute(Wave wave, int minutes)
{
    std::vector<double> values;
    for (int i = 0; i < minutes; ++i) values.push_back(wave.sample(noon + i * 60'000));
    return values;
}

}  // namespace

TEST(Wave, GivesTheSameValuesForTheSameSeed)
{
    const WaveShape shape{.mean = 20, .daily = 2, .noise = 0.3, .drift = 1};

    EXPECT_EQ(minute_by_minute(Wave(shape, 7), 500), minute_by_minute(Wave(shape, 7), 500));
    EXPECT_NE(minute_by_minute(Wave(shape, 7), 500), minute_by_minute(Wave(shape, 8), 500));
}

TEST(Wave, IsHighestAtItsPeakHourAndLowestTwelveHoursLater)
{
    Wave wave({.mean = 20, .daily = 2, .peak_hour = 12}, 1);

    EXPECT_NEAR(wave.sample(noon), 22, 1e-9);
    EXPECT_NEAR(wave.sample(noon + 12 * 3'600'000), 18, 1e-9);
}

TEST(Wave, ChangesLittleFromSecondToSecond)
{
    Wave wave({.mean = 0, .noise = 1}, 3);
    double before = wave.sample(noon);
    double largest = 0;
    double farthest = 0;
    for (int i = 1; i < 3600; ++i) {
        const double value = wave.sample(noon + i * 1000);
        largest = std::max(largest, std::abs(value - before));
        farthest = std::max(farthest, std::abs(value));
        before = value;
    }

    EXPECT_LT(largest, 1.0);
    EXPECT_GT(farthest, 1.0);
    EXPECT_LT(farthest, 5.0);
}

TEST(Wave, StaysWithinItsBounds)
{
    for (const double value :
         minute_by_minute(Wave({.mean = 50, .noise = 80, .lowest = 0, .highest = 100}, 5), 2000)) {
        EXPECT_GE(value, 0);
        EXPECT_LE(value, 100);
    }
}

TEST(Counter, AddsUpItsRateAndNeverFalls)
{
    Counter counter(100);
    EXPECT_DOUBLE_EQ(counter.sample(noon, 5), 100);
    EXPECT_DOUBLE_EQ(counter.sample(noon + 3'600'000, 5), 105);
    EXPECT_DOUBLE_EQ(counter.sample(noon + 7'200'000, -5), 105);
    EXPECT_DOUBLE_EQ(counter.sample(noon + 3'600'000, 5), 105);
}

TEST(Toggle, FlipsAboutOnceADwell)
{
    Toggle toggle(true, 60, 9);
    int flips = 0;
    bool before = toggle.sample(noon);
    for (int second = 1; second <= 60 * 1000; ++second) {
        const bool now = toggle.sample(noon + second * 1000);
        flips += now != before ? 1 : 0;
        before = now;
    }

    EXPECT_GT(flips, 850);
    EXPECT_LT(flips, 1150);
}

TEST(Steps, StaysOnALevelForItsDwellAndThenTakesAnother)
{
    Steps steps(3, 60, 4);
    int changes = 0;
    auto before = steps.sample(noon);
    std::vector<int> seen(3);
    for (int second = 1; second <= 60 * 1000; ++second) {
        const auto now = steps.sample(noon + second * 1000);
        ASSERT_LT(now, 3U);
        ++seen[now];
        changes += now != before ? 1 : 0;
        before = now;
    }
    EXPECT_GT(changes, 850);
    EXPECT_LT(changes, 1150);
    for (const int seconds : seen) EXPECT_GT(seconds, 15'000);
}
