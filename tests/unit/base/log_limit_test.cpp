#include "base/log_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tidegate::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct LogLimit : testing::Test {
    void say(std::string_view key, std::int64_t now_ms)
    {
        limit.say(Level::warning, key, now_ms, "{}!", key);
    }

    std::vector<std::string> lines;
    Limit limit{{.lines = 2, .window = std::chrono::milliseconds(100), .keys = 3},
                [this](Level, std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(LogLimit, SaysSoManyOfAKeyInAWindowAndThenHowManyItHeldBack)
{
    for (int i = 0; i < 7; ++i) say("a", 1000 + i);
    EXPECT_THAT(lines, ElementsAre("a!", "a!"));
    say("a", 1100);
    EXPECT_THAT(lines, ElementsAre("a!", "a!", "a! held_back=5"));
    say("a", 1300);
    EXPECT_EQ(lines.back(), "a!") << "nothing was held back since";
}

TEST_F(LogLimit, HoldsOneKeyBackForNoOther)
{
    for (int i = 0; i < 5; ++i) say("a", 1000);
    say("b", 1000);
    EXPECT_EQ(lines.back(), "b!");
}

TEST_F(LogLimit, SaysWhatItHeldBackThoughNothingComesAnyMore)
{
    for (int i = 0; i < 5; ++i) say("a\n", 1000);
    lines.clear();
    limit.settle(1050);
    EXPECT_THAT(lines, IsEmpty());
    limit.settle(1100);
    EXPECT_THAT(lines, ElementsAre("lines_held_back about=\"a\\x0a\" count=3"));
    limit.settle(1300);
    EXPECT_EQ(lines.size(), 1U);
}

TEST_F(LogLimit, IsBoundedThoughEveryLineHasAKeyOfItsOwn)
{
    for (int i = 0; i < 1000; ++i) say("key " + std::to_string(i), 1000);
    EXPECT_EQ(lines.size(), 5U) << "one of each of three keys, and two of what all others share";
    limit.settle(1200);
    EXPECT_EQ(lines.back(), "lines_held_back about=\"\" count=995");
}

}  // namespace
}  // namespace tidegate::log
