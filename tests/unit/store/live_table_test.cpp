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

TEST(LiveTable, LearnsTheIntervalOfASeries)
{
    LiveTable table;
    for (int i = 1; i <= 20; ++i) table.update(std::vector<Reading>{{1, i * 5000, 1.0, 0}}, i * 5000);
    EXPECT_EQ(table.get(1).interval_ms, 5000);
    EXPECT_EQ(freshness(table.get(1), 101'000), Freshness::fresh);
    EXPECT_EQ(freshness(table.get(1), 110'000), Freshness::late);
    EXPECT_EQ(freshness(table.get(1), 131'000), Freshness::stale);
}

TEST(LiveTable, NeverCallsAFastSeriesStaleWithinHalfAMinute)
{
    LiveTable table;
    for (int i = 1; i <= 20; ++i) table.update(std::vector<Reading>{{1, i * 100, 1.0, 0}}, i * 100);
    EXPECT_EQ(freshness(table.get(1), 2500), Freshness::fresh);
    EXPECT_EQ(freshness(table.get(1), 31'000), Freshness::late);
    EXPECT_EQ(freshness(table.get(1), 33'000), Freshness::stale);
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
