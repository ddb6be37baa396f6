#include "store/live_table.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

TEST(LiveTable, TellsWhatCameAfterAVersion)
{
    LiveTable table;
    table.update(std::vector<Reading>{{1, 1000, 1.0, 0}, {2, 1000, 2.0, 0}}, 1000);
    const auto before = table.version();
    table.update(std::vector<Reading>{{2, 2000, 2.0, 0}, {3, 2000, 3.0, 0}}, 2000);

    const auto news = table.heard_since(before);

    ASSERT_EQ(news.size(), 2U);
    EXPECT_EQ(news[0].series, 2U);
    EXPECT_LE(news[0].changed, before) << "the same value again is heard, not changed";
    EXPECT_EQ(news[1].series, 3U);
    EXPECT_GT(news[1].changed, before);
    EXPECT_EQ(table.all().size(), 3U);
}

void hear(LiveTable& table, std::int64_t now_ms)
{
    table.update(std::vector<Reading>{{1, now_ms, 1.0, 0}}, now_ms);
}

TEST(LiveTable, LearnsTheIntervalOfASeries)
{
    LiveTable table;
    for (int i = 1; i <= 20; ++i) hear(table, i * 5000);
    EXPECT_EQ(table.get(1).interval_ms, 5000);
    EXPECT_EQ(freshness(table.get(1), 101'000), Freshness::fresh);
    EXPECT_EQ(freshness(table.get(1), 110'000), Freshness::late);
    EXPECT_EQ(freshness(table.get(1), 131'000), Freshness::stale);
}

TEST(LiveTable, NeverCallsAFastSeriesStaleWithinHalfAMinute)
{
    LiveTable table;
    for (int i = 1; i <= 200; ++i) hear(table, i * 100);
    EXPECT_EQ(freshness(table.get(1), 20'900), Freshness::fresh);
    EXPECT_EQ(freshness(table.get(1), 50'000), Freshness::late);
    EXPECT_EQ(freshness(table.get(1), 50'001), Freshness::stale);
}

// What the broker has kept for us comes at once: of a series that speaks each 30 s, ten readings within 2 s.
TEST(LiveTable, LearnsNothingFromABacklog)
{
    LiveTable table;
    for (int i = 0; i < 10; ++i) hear(table, 1000 + i * 200);
    EXPECT_EQ(table.get(1).interval_ms, 0);
    EXPECT_EQ(freshness(table.get(1), 31'000), Freshness::fresh);
    for (int i = 1; i <= 20; ++i) {
        hear(table, 2000 + i * 30'000);
        EXPECT_EQ(freshness(table.get(1), 2000 + (i + 1) * 30'000), Freshness::fresh) << i;
    }
    EXPECT_EQ(table.get(1).interval_ms, 30'000);
}

TEST(LiveTable, KeepsWhatItHasLearnedThroughTheBacklogOfAnOutage)
{
    LiveTable table;
    for (int i = 1; i <= 20; ++i) hear(table, i * 10'000);
    for (int i = 0; i < 60; ++i) hear(table, 800'000 + i * 50);  // ten minutes later what came meanwhile
    const auto& latest = table.get(1);
    EXPECT_GE(latest.interval_ms, 10'000);
    EXPECT_LE(latest.interval_ms, 18'000) << "nor is the outage an interval";
    EXPECT_EQ(freshness(table.get(1), 813'000), Freshness::fresh);
}

TEST(LiveTable, FollowsASeriesThatHasBecomeSlowerOrFaster)
{
    LiveTable table;
    std::int64_t now_ms = 0;
    const auto hear_each = [&](std::int64_t interval_ms, int times) {
        for (int i = 0; i < times; ++i) hear(table, now_ms += interval_ms);
    };
    hear_each(5000, 20);
    hear_each(60'000, 30);
    EXPECT_NEAR(static_cast<double>(table.get(1).interval_ms), 60'000, 3000);
    hear_each(5000, 80);
    EXPECT_NEAR(static_cast<double>(table.get(1).interval_ms), 5000, 500);
}

// As Tasmota does it: every fifth message is a STATE instead of a SENSOR.
TEST(LiveTable, CallsNoDeviceLateWhoseMessagesTakeTurns)
{
    LiveTable table;
    std::int64_t now_ms = 0;
    for (int i = 0; i < 200; ++i) {
        now_ms += i % 5 == 0 ? 10'000 : 5000;
        if (i > 25) {
            EXPECT_EQ(freshness(table.get(1), now_ms), Freshness::fresh) << i;
        }
        hear(table, now_ms);
    }
    EXPECT_EQ(freshness(table.get(1), now_ms + 16'000), Freshness::late)
        << "and one that is away is late soon";
}

TEST(LiveTable, TakesWhatADeviceSaysInOneBreathForOneWord)
{
    LiveTable table;
    for (int i = 1; i <= 40; ++i)
        for (const int part_ms : {0, 40, 120}) hear(table, i * 20'000 + part_ms);
    EXPECT_EQ(table.get(1).interval_ms, 20'000);
}

TEST(LiveTable, GoesOnWithIntervalsThatItIsTold)
{
    LiveTable table;
    table.know(std::vector<Interval>{{1, 60'000}, {2, 5000}});
    EXPECT_TRUE(table.all().empty()) << "an interval is no value";
    for (int i = 0; i < 10; ++i) hear(table, 1000 + i * 400);
    EXPECT_EQ(table.get(1).interval_ms, 60'000);
    EXPECT_EQ(freshness(table.get(1), 60'000), Freshness::fresh);
    const auto known = table.intervals();
    ASSERT_EQ(known.size(), 2U);
    EXPECT_EQ(known[1].series, 2U);
    EXPECT_EQ(known[1].interval_ms, 5000);
}

TEST(LiveTable, LearnsAgainWhereTheClockWasSetBack)
{
    LiveTable table;
    for (int i = 1; i <= 20; ++i) hear(table, 10'000'000 + i * 5000);
    for (int i = 1; i <= 20; ++i) hear(table, i * 5000);
    EXPECT_EQ(table.get(1).interval_ms, 5000);
}

TEST(LiveTable, DoesNotTakeRetainedOrRestoredValuesForFresh)
{
    LiveTable table;
    table.restore(std::vector<Reading>{{1, 500, 1.0, 0}});
    table.update(std::vector<Reading>{{2, 1000, 2.0, flag::retained}}, 1000);
    EXPECT_EQ(freshness(table.get(1), 1000), Freshness::never);
    EXPECT_EQ(freshness(table.get(2), 1000), Freshness::never);
    EXPECT_EQ(table.all().size(), 2U);
}

}  // namespace
}  // namespace tidegate::store
