#include "gateway/load/load_level.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using testing::HasSubstr;

// Looks four times a second at what is said to be measured.
struct LoadLevelTest : testing::Test {
    static constexpr std::int64_t between_ms = 250;

    bool look(const LoadMeasure& measure) { return level.look(measure, now_ms += between_ms); }

    // How often it changed.
    int look_for(std::int64_t ms, const LoadMeasure& measure)
    {
        int changes = 0;
        for (std::int64_t i = 0; i < ms / between_ms; ++i) changes += look(measure) ? 1 : 0;
        return changes;
    }

    LoadLevel level;
    std::int64_t now_ms = 1'000'000;
};

TEST_F(LoadLevelTest, RisesWithTheRingAndSaysWhy)
{
    EXPECT_EQ(look_for(1000, {.ring = 0.24}), 0);
    EXPECT_EQ(level.level(), 0);
    EXPECT_EQ(level.why(), "");
    EXPECT_EQ(look_for(1000, {.ring = 0.26}), 1);
    EXPECT_EQ(level.level(), 1);
    EXPECT_THAT(level.why(), HasSubstr("intake ring at 26 %"));
    EXPECT_EQ(look_for(1000, {.ring = 0.55}), 1);
    EXPECT_EQ(level.level(), 2);
    EXPECT_EQ(look_for(1000, {.ring = 0.80}), 1);
    EXPECT_EQ(level.level(), 3);
    EXPECT_EQ(level.level_before(), 2);
}

TEST_F(LoadLevelTest, LetsABurstPassThatOneLookAloneHasSeen)
{
    EXPECT_FALSE(look({.ring = 0.9}));
    EXPECT_FALSE(look({}));
    EXPECT_FALSE(look({.ring = 0.9}));
    EXPECT_EQ(level.level(), 0);
    EXPECT_TRUE(look({.ring = 0.6})) << "two in a row: as high as both asked for";
    EXPECT_EQ(level.level(), 2);
}

TEST_F(LoadLevelTest, FallsAStepAtATimeAndOnlyWhenItIsCalm)
{
    look_for(1000, {.ring = 0.9});
    ASSERT_EQ(level.level(), 3);
    EXPECT_EQ(look_for(4500, {}), 0);
    EXPECT_EQ(level.level(), 3);
    EXPECT_EQ(look_for(1000, {}), 1);
    EXPECT_EQ(level.level(), 2);
    EXPECT_EQ(look_for(10'500, {}), 2);
    EXPECT_EQ(level.level(), 0);
    EXPECT_EQ(level.why(), "");
}

TEST_F(LoadLevelTest, DoesNotFlutterAroundWhatItRoseAt)
{
    int changes = 0;
    for (int i = 0; i < 200; ++i) changes += look_for(500, {.ring = i % 2 == 0 ? 0.52 : 0.48});
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(level.level(), 2);
    EXPECT_EQ(look_for(20'000, {.ring = 0.36}), 0) << "still near the half";
    EXPECT_EQ(look_for(20'000, {.ring = 0.34}), 1);
    EXPECT_EQ(level.level(), 1);
}

TEST_F(LoadLevelTest, NeverThinsForCpuOrASlowCommitAlone)
{
    look_for(60'000, {.commit_s = 60, .cpu = 1});
    EXPECT_EQ(level.level(), 1);
}

TEST_F(LoadLevelTest, TakesTheWorstOfAllThatIsMeasured)
{
    look_for(1000, {.ring = 0.3, .pending = 0.6, .memory = 0.98});
    EXPECT_EQ(level.level(), 3);
    EXPECT_THAT(level.why(), HasSubstr("memory at 98 %"));
}

TEST(LoadLevel, LengthensLiveUpdatesWithEachStep)
{
    EXPECT_EQ(stretch_at(0), 1);
    for (int level = 1; level <= LoadLevel::most; ++level) {
        EXPECT_GT(stretch_at(level), stretch_at(level - 1));
        EXPECT_NE(meaning_of(level), meaning_of(level - 1));
    }
}

TEST(LoadMeasure, KnowsTheMemoryOfThisMachine)
{
    EXPECT_GT(memory_in_use(), 0.0);
    EXPECT_LT(memory_in_use(), 1.0);
}

}  // namespace
}  // namespace tidegate::gateway
