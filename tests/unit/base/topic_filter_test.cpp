#include "base/topic_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate {
namespace {

using testing::ElementsAre;

TEST(TopicFilter, MatchesAsMqttDoes)
{
    EXPECT_TRUE(matches("#", "a/b/c"));
    EXPECT_TRUE(matches("a/#", "a/b/c"));
    EXPECT_TRUE(matches("a/#", "a"));
    EXPECT_TRUE(matches("a/+/c", "a/b/c"));
    EXPECT_TRUE(matches("+/+", "/a"));
    EXPECT_TRUE(matches("/+", "/a"));
    EXPECT_TRUE(matches("a/+", "a/"));
    EXPECT_FALSE(matches("+", "/a"));
    EXPECT_FALSE(matches("a/+", "a"));
    EXPECT_FALSE(matches("a/+", "a/b/c"));
    EXPECT_FALSE(matches("a/b", "a/b/c"));
    EXPECT_FALSE(matches("a/b/c", "a/b"));
    EXPECT_FALSE(matches("a/#", "ab"));
    EXPECT_FALSE(matches("#", "$SYS/uptime"));
    EXPECT_FALSE(matches("+/uptime", "$SYS/uptime"));
    EXPECT_TRUE(matches("$SYS/#", "$SYS/uptime"));
}

TEST(TopicFilter, KnowsAFilterFromATypingError)
{
    for (const auto* good : {"#", "+", "a", "/", "a/+/b/#", "+/+", "a//b"})
        EXPECT_TRUE(valid_filter(good)) << good;
    for (const auto* bad : {"", "a#", "a/#/b", "#/a", "a+", "+a/b"}) EXPECT_FALSE(valid_filter(bad)) << bad;
}

TEST(TopicFilters, KnowWhatTheyCover)
{
    EXPECT_TRUE(covers("#", "a"));
    EXPECT_TRUE(covers("#", "a/+/c"));
    EXPECT_TRUE(covers("#", "a/#"));
    EXPECT_TRUE(covers("a/#", "a"));
    EXPECT_TRUE(covers("a/#", "a/b/+"));
    EXPECT_TRUE(covers("+/b", "a/b"));
    EXPECT_TRUE(covers("+/+", "a/+"));
    EXPECT_TRUE(covers("a", "a"));
    EXPECT_TRUE(covers("+", ""));
}

TEST(TopicFilters, KnowWhatTheyDoNotCover)
{
    EXPECT_FALSE(covers("a/#", "#"));
    EXPECT_FALSE(covers("+", "#"));
    EXPECT_FALSE(covers("+", "a/b"));
    EXPECT_FALSE(covers("a/+", "a"));
    EXPECT_FALSE(covers("a/+", "a/#"));
    EXPECT_FALSE(covers("a/b", "a/+"));
    EXPECT_FALSE(covers("a/b/#", "a"));
    EXPECT_FALSE(covers("a", "a/"));
    EXPECT_FALSE(covers("a/+", "+/b"));
}

TEST(TopicFilters, KeepApartWhatBeginsWithADollar)
{
    EXPECT_FALSE(covers("#", "$SYS/broker/uptime"));
    EXPECT_FALSE(covers("+/broker/#", "$SYS/broker/uptime"));
    EXPECT_FALSE(covers("$share/group/#", "a"));
    EXPECT_TRUE(covers("$SYS/#", "$SYS/#"));
}

TEST(TopicFilters, AreReducedToThoseThatNoOtherCovers)
{
    EXPECT_THAT(without_covered({"a/b", "plant/#", "plant/+/x", "a/b", "a/+"}),
                ElementsAre("plant/#", "a/+"));
    EXPECT_THAT(without_covered({"a", "#", "$SYS/#"}), ElementsAre("#", "$SYS/#"));
    EXPECT_THAT(without_covered({"a/+", "+/b"}), ElementsAre("a/+", "+/b"));
}

}  // namespace
}  // namespace tidegate
