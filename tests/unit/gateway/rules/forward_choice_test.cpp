#include "gateway/rules/forward_choice.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

struct ForwardChoiceTest : testing::Test {
    ForwardChoiceTest()
    {
        raw = table.add({0, "a/x", "/t", "dev", "", ""});
        store::Series mean{0, "a/x", "/t@1min/mean", "dev", "", ""};
        mean.of = raw;
        derived = table.add(mean);
    }

    bool lets(const Forward& forward, store::SeriesId series, const std::string& upstream = "cloud")
    {
        Rule rule;
        rule.topic = "a/#";
        rule.field = "/t";
        rule.forward = forward;
        return ForwardChoice({rule}, upstream)(*table.get(series), table);
    }

    store::SeriesTable table;
    store::SeriesId raw = 0, derived = 0;
};

TEST_F(ForwardChoiceTest, LetsEverythingGoWithoutARule)
{
    EXPECT_TRUE(ForwardChoice({Rule{}}, "cloud").lets_all());
    EXPECT_TRUE(ForwardChoice({}, "cloud")(*table.get(raw), table));
}

TEST_F(ForwardChoiceTest, SaysOfASeriesAndOfWhatIsMadeOfItWhatTheRuleSays)
{
    using What = Forward::What;
    EXPECT_FALSE(lets({What::none, {}}, raw));
    EXPECT_FALSE(lets({What::none, {}}, derived));
    EXPECT_FALSE(lets({What::derived, {}}, raw));
    EXPECT_TRUE(lets({What::derived, {}}, derived));
    EXPECT_TRUE(lets({What::named, {"cloud"}}, raw));
    EXPECT_TRUE(lets({What::named, {"cloud"}}, derived));
    EXPECT_FALSE(lets({What::named, {"other"}}, raw));
    EXPECT_TRUE(lets({What::all, {}}, raw));
}

TEST_F(ForwardChoiceTest, GoesByTheFirstRuleThatSpeaksOfIt)
{
    Rule silent, first, second;
    silent.rate = std::chrono::seconds(1);
    first.topic = "a/x";
    first.forward = Forward{};
    second.forward = Forward{Forward::What::none, {}};
    const ForwardChoice choice({silent, first, second}, "cloud");
    EXPECT_FALSE(choice.lets_all());
    EXPECT_TRUE(choice(*table.get(raw), table));
    EXPECT_FALSE(choice({0, "b", "", "", "", ""}, table));
}

}  // namespace
}  // namespace tidegate::gateway
