#include "gateway/rules/sampler.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::gateway {
namespace {

RuleSet sampling(const std::string& filter, std::chrono::milliseconds interval)
{
    Rule rule;
    rule.topic = filter;
    rule.sample = interval;
    return RuleSet({rule});
}

constexpr std::int64_t now = 1'764'000'000'000;

TEST(Sampler, LetsOneMessageATopicThroughInEachInterval)
{
    const auto rules = sampling("flood/#", std::chrono::milliseconds(100));
    Sampler sampler;
    int taken = 0;
    for (int ms = 0; ms < 1000; ++ms) taken += sampler.takes(rules, "flood/a", now + ms) ? 1 : 0;
    EXPECT_EQ(taken, 10);
    EXPECT_TRUE(sampler.takes(rules, "flood/b", now + 1)) << "each topic by itself";
}

TEST(Sampler, IsAskedWhereEveryTopicIsSampled)
{
    EXPECT_TRUE(sampling("#", std::chrono::milliseconds(100)).samples());
}

TEST(Sampler, LeavesOtherTopicsAlone)
{
    const auto rules = sampling("flood/#", std::chrono::milliseconds(100));
    Sampler sampler;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(sampler.takes(rules, "quiet", now));
}

TEST(Sampler, GoesOnWhenTheClockIsSetBack)
{
    const auto rules = sampling("#", std::chrono::milliseconds(100));
    Sampler sampler;
    EXPECT_TRUE(sampler.takes(rules, "a", now));
    EXPECT_TRUE(sampler.takes(rules, "a", now - 3'600'000));
    EXPECT_FALSE(sampler.takes(rules, "a", now - 3'600'000 + 99));
    EXPECT_TRUE(sampler.takes(rules, "a", now - 3'600'000 + 100));
}

TEST(Sampler, RemembersNoMoreTopicsThanItMay)
{
    const auto rules = sampling("#", std::chrono::milliseconds(100));
    Sampler sampler;
    for (std::size_t i = 0; i < Sampler::most_topics; ++i) sampler.takes(rules, std::to_string(i), now);
    EXPECT_FALSE(sampler.takes(rules, "5", now + 1));
    EXPECT_TRUE(sampler.takes(rules, "one more", now + 1));
    EXPECT_TRUE(sampler.takes(rules, "5", now + 2)) << "room had to be made";
}

}  // namespace
}  // namespace tidegate::gateway
