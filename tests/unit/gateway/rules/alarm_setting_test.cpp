#include "gateway/rules/alarm_setting.hpp"

#include "gateway/decode/value_text.hpp"
#include "gateway/rules/alarm_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

AlarmSetting above(double limit)
{
    AlarmSetting setting;
    setting.name = "a";
    setting.above = limit;
    return setting;
}

std::vector<std::string> keys_of(const std::vector<AlarmProblem>& problems)
{
    std::vector<std::string> keys;
    for (const auto& problem : problems) keys.push_back(problem.key);
    return keys;
}

TEST(AlarmSetting, NeedsOneConditionAndNoMore)
{
    EXPECT_THAT(problems_of(above(30)), IsEmpty());
    AlarmSetting none;
    ASSERT_THAT(problems_of(none), SizeIs(1));
    EXPECT_THAT(problems_of(none)[0].what, HasSubstr("one of above, below, rate, equals, stale"));
    auto two = above(30);
    two.below = 5;
    ASSERT_THAT(keys_of(problems_of(two)), ElementsAre("below"));
    EXPECT_THAT(problems_of(two)[0].what, HasSubstr("(above, below): write an alarm for each"));
}

TEST(AlarmSetting, ClearsOnThePeacefulSide)
{
    auto setting = above(30);
    setting.clear = 31;
    EXPECT_THAT(keys_of(problems_of(setting)), ElementsAre("clear"));
    setting.clear = 28;
    EXPECT_THAT(problems_of(setting), IsEmpty());
    EXPECT_EQ(compiled(setting).clear, 28);
    EXPECT_EQ(compiled(above(30)).clear, 30);
    AlarmSetting below;
    below.below = 5;
    below.clear = 4;
    EXPECT_THAT(keys_of(problems_of(below)), ElementsAre("clear"));
    AlarmSetting state;
    state.equals = true;
    state.clear = 0;
    EXPECT_THAT(keys_of(problems_of(state)), ElementsAre("clear"));
}

TEST(AlarmSetting, ReadsRatesByTheirUnitAndSign)
{
    AlarmSetting setting;
    setting.rate.emplace("+6/min");
    setting.clear = 3;
    EXPECT_THAT(problems_of(setting), IsEmpty());
    const auto rule = compiled(setting);
    EXPECT_DOUBLE_EQ(rule.limit, 6.0 / 60'000);
    EXPECT_DOUBLE_EQ(rule.clear, 3.0 / 60'000);
    EXPECT_EQ(rule.direction, 1);
    EXPECT_EQ(rule.limit_text, "+6/min");
    setting.clear.reset();
    setting.rate.emplace("-0.5/s");
    EXPECT_EQ(compiled(setting).direction, -1);
    EXPECT_DOUBLE_EQ(compiled(setting).limit, 0.5 / 1000);
    for (const auto* bad :
         {"6", "6/", "/min", "x/min", "6/week", "0/min", "--6/min", "inf/s", "6 /min", ""}) {
        setting.rate.emplace(bad);
        EXPECT_THAT(keys_of(problems_of(setting)), ElementsAre("rate")) << bad;
    }
}

TEST(AlarmSetting, ReadsHowLongSilenceMayBe)
{
    AlarmSetting setting;
    setting.stale.emplace("auto");
    EXPECT_EQ(compiled(setting).stale_ms, 0);
    setting.stale.emplace("10min");
    EXPECT_EQ(compiled(setting).stale_ms, 600'000);
    EXPECT_THAT(problems_of(setting), IsEmpty());
    for (const auto* bad : {"", "soon", "10", "500ms", "400d"}) {
        setting.stale.emplace(bad);
        EXPECT_THAT(keys_of(problems_of(setting)), ElementsAre("stale")) << bad;
    }
    setting.stale.emplace("10min");
    setting.hold = 1min;
    EXPECT_THAT(keys_of(problems_of(setting)), ElementsAre("hold"));
}

TEST(AlarmSetting, KnowsWhatItsTextMayHave)
{
    auto setting = above(30);
    setting.text = "{device} {name} {value} {unit} {topic} {field} {limit} {alarm} {";
    EXPECT_THAT(problems_of(setting), IsEmpty());
    setting.text = "{Device} is warm";
    ASSERT_THAT(keys_of(problems_of(setting)), ElementsAre("text"));
    EXPECT_THAT(problems_of(setting)[0].what, HasSubstr("{Device}"));
}

TEST(AlarmText, IsFilledInOnceAndNotAgain)
{
    const auto meaning = [](std::string_view name) { return name == "a" ? std::string("{b}") : "no"; };
    EXPECT_EQ(fill("x {a} y {", meaning), "x {b} y {");
    EXPECT_EQ(fill("", meaning), "");
    EXPECT_EQ(fill("{a}{a}", meaning), "{b}{b}");
}

TEST(AlarmText, WritesValuesAsPeopleDo)
{
    EXPECT_EQ(text_of(21.5), "21.5");
    EXPECT_EQ(text_of(0.1), "0.1");
    EXPECT_EQ(text_of(true), "true");
    EXPECT_EQ(text_of(std::int64_t{-3}), "-3");
    EXPECT_EQ(lasting_text(90), "90 s");
    EXPECT_EQ(lasting_text(7200), "2 h 0 min");
    EXPECT_EQ(lasting_text(200'000), "2 d 7 h");
}

}  // namespace
}  // namespace tidegate::gateway
