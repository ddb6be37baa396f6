#include "bridge/topic_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using testing::ElementsAre;

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
}  // namespace tidegate::bridge
