#include "gateway/rules/change_filter.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using store::Suppress;

struct ChangeFilterTest : testing::Test {
    std::optional<Suppress> judge(store::Value value, std::int64_t after_ms = 1000)
    {
        time += after_ms;
        return filter.judge({1, time, std::move(value), 0}, settings);
    }

    Settings settings;
    ChangeFilter filter;
    std::int64_t time = 1'764'000'000'000;
};

TEST_F(ChangeFilterTest, LetsEverythingThroughWithoutARule)
{
    for (int i = 0; i < 3; ++i) EXPECT_EQ(judge(1.0), std::nullopt);
}

TEST_F(ChangeFilterTest, HoldsANumberAgainstTheLastThatWasKept)
{
    settings.deadband = Deadband{1, false};
    EXPECT_EQ(judge(20.0), std::nullopt);
    EXPECT_EQ(judge(20.6), Suppress::deadband);
    EXPECT_EQ(judge(20.9), Suppress::deadband);
    EXPECT_EQ(judge(21.0), std::nullopt) << "a slow drift is seen";
    EXPECT_EQ(judge(std::int64_t{20}), std::nullopt);
    EXPECT_EQ(judge(20.5), Suppress::deadband);
}

TEST_F(ChangeFilterTest, KnowsAPercentageOfTheLastThatWasKept)
{
    settings.deadband = Deadband{2, true};
    EXPECT_EQ(judge(-100.0), std::nullopt);
    EXPECT_EQ(judge(-101.9), Suppress::deadband);
    EXPECT_EQ(judge(-102.0), std::nullopt);
    EXPECT_EQ(judge(0.0), std::nullopt);
    EXPECT_EQ(judge(0.001), std::nullopt) << "there is no percentage of 0";
}

TEST_F(ChangeFilterTest, HasNoDeadbandForTextsAndBooleans)
{
    settings.deadband = Deadband{10, false};
    EXPECT_EQ(judge(true), std::nullopt);
    EXPECT_EQ(judge(false), std::nullopt);
    EXPECT_EQ(judge(std::string("on")), std::nullopt);
    EXPECT_EQ(judge(std::string("on")), std::nullopt);
    EXPECT_EQ(judge(5.0), std::nullopt);
}

TEST_F(ChangeFilterTest, LeavesOutWhatIsEqual)
{
    settings.on_change = true;
    EXPECT_EQ(judge(std::string("open")), std::nullopt);
    EXPECT_EQ(judge(std::string("open")), Suppress::unchanged);
    EXPECT_EQ(judge(std::string("closed")), std::nullopt);
    EXPECT_EQ(judge(std::int64_t{1}), std::nullopt);
    EXPECT_EQ(judge(1.0), std::nullopt) << "a whole number became a float: worth knowing";
    EXPECT_EQ(judge(1.0), Suppress::unchanged);
}

TEST_F(ChangeFilterTest, KeepsOneAtEachHeartbeat)
{
    settings.on_change = true;
    settings.heartbeat = 10s;
    EXPECT_EQ(judge(1.0), std::nullopt);
    int kept = 0;
    for (int i = 0; i < 100; ++i) kept += judge(1.0) ? 0 : 1;
    EXPECT_EQ(kept, 10);
}

TEST_F(ChangeFilterTest, KeepsWhatIsOlderThanTheLastAndGoesOnFromThere)
{
    settings.on_change = true;
    EXPECT_EQ(judge(1.0), std::nullopt);
    EXPECT_EQ(judge(1.0, -3'600'000), std::nullopt) << "late, or the clock was set back";
    EXPECT_EQ(judge(1.0), Suppress::unchanged);
}

TEST_F(ChangeFilterTest, KeepsSeriesApart)
{
    settings.on_change = true;
    EXPECT_EQ(filter.judge({1, time, 1.0, 0}, settings), std::nullopt);
    EXPECT_EQ(filter.judge({2, time, 1.0, 0}, settings), std::nullopt);
    EXPECT_EQ(filter.judge({2, time, 1.0, 0}, settings), Suppress::unchanged);
}

}  // namespace
}  // namespace tidegate::gateway
