#include "gateway/rules/rule_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Rule about(std::string topic, std::string device = {}, std::string field = {}, std::string device_class = {})
{
    Rule rule;
    rule.topic = std::move(topic);
    rule.device = std::move(device);
    rule.field = std::move(field);
    rule.device_class = std::move(device_class);
    return rule;
}

TEST(Glob, TakesAStarForAnyText)
{
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("*", "a/b"));
    EXPECT_TRUE(matches_glob("a*c", "ac"));
    EXPECT_TRUE(matches_glob("a*b*c", "a-b-b-c"));
    EXPECT_TRUE(matches_glob("*/Power", "/ENERGY/Power"));
    EXPECT_TRUE(matches_glob("a**", "a"));
    EXPECT_FALSE(matches_glob("a*c", "ab"));
    EXPECT_FALSE(matches_glob("", "a"));
    EXPECT_FALSE(matches_glob("a", "ab"));
    EXPECT_FALSE(matches_glob("a*b", "a"));
}

TEST(Glob, DoesNotTakeAgesOverManyStars)
{
    EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(RuleSet, TakesOfEachAspectTheFirstThatMatchesAndSpeaksOfIt)
{
    auto kitchen = about("home/kitchen/#");
    kitchen.rate = 10s;
    kitchen.factor = 0.1;
    auto home = about("home/#");
    home.rate = 1min;
    home.unit = "W";
    home.offset = 5;
    auto all = about("#");
    all.deadband = Deadband{2, true};
    RuleSet rules({kitchen, home, all});

    const auto& settings = rules.settings_of({"home/kitchen/x", "", "", ""});
    EXPECT_EQ(settings.rate, 10s);
    EXPECT_EQ(settings.scaling, (Scaling{0.1, 0})) << "factor and offset are one aspect";
    EXPECT_EQ(settings.unit, "W");
    EXPECT_EQ(settings.deadband, (Deadband{2, true}));
    EXPECT_THAT(settings.rules, ElementsAre(0, 1, 2));
    EXPECT_EQ(rules.settings_of({"home/hall/x", "", "", ""}).rate, 1min);
    EXPECT_EQ(rules.settings_of({"elsewhere", "", "", ""}).rate, 0s);
    EXPECT_THAT(rules.settings_of({"$SYS/x", "", "", ""}).rules, IsEmpty());
}

TEST(RuleSet, LetsAnEarlierRuleSayThatThereIsNone)
{
    auto none = about("a/quiet");
    none.rate = 0ms;
    none.deadband = Deadband{0, false};
    none.windows.emplace();
    auto all = about("a/#");
    all.rate = 10s;
    all.deadband = Deadband{1, false};
    all.windows = std::vector{60'000ms};
    RuleSet rules({none, all});
    const auto& settings = rules.settings_of({"a/quiet", "", "", ""});
    EXPECT_EQ(settings.rate, 0s);
    EXPECT_FALSE(settings.deadband);
    EXPECT_THAT(settings.windows, IsEmpty());
    EXPECT_THAT(rules.settings_of({"a/b", "", "", ""}).windows,
                ElementsAre(testing::Field(&WindowSpec::width_ms, 60'000)));
}

TEST(RuleSet, MatchesDeviceFieldAndClass)
{
    auto rule = about("#", "boiler*", "*/temperature", "temp*");
    rule.priority = "critical";
    RuleSet rules({rule});
    const auto is_critical = [&](const Subject& subject) {
        return rules.settings_of(subject).priority == Priority::critical;
    };
    EXPECT_TRUE(is_critical({"t", "boiler 2", "/a/temperature", "temperature"}));
    EXPECT_FALSE(is_critical({"t", "a boiler", "/a/temperature", "temperature"}));
    EXPECT_FALSE(is_critical({"t", "boiler 2", "/a/humidity", "temperature"}));
    EXPECT_FALSE(is_critical({"t", "boiler 2", "/a/temperature", ""}));
}

TEST(RuleSet, KnowsADeviceByTheNameThatARuleGivesIt)
{
    auto naming = about("shellies/abc/#");
    naming.rename = "Boiler";
    auto rate = about("#", "Boiler");
    rate.rate = 10s;
    auto old_name = about("#", "abc");
    old_name.on_change = true;
    RuleSet rules({naming, rate, old_name});

    const auto& settings = rules.settings_of({"shellies/abc/power", "abc", "", ""});
    EXPECT_EQ(settings.device, "Boiler");
    EXPECT_EQ(settings.rate, 10s);
    EXPECT_FALSE(settings.on_change);
    // After a restart the series has that name already: it means the same.
    EXPECT_EQ(&rules.settings_of({"shellies/abc/power", "Boiler", "", ""}), &settings);
}

TEST(RuleSet, NamesASeries)
{
    auto rule = about("a");
    rule.name = "Flow";
    rule.unit = "°C";
    RuleSet rules({rule});
    store::Series series{0, "a", "", "dev", "a", "K"};
    EXPECT_TRUE(rules.rename(series));
    EXPECT_EQ(series, (store::Series{0, "a", "", "dev", "Flow", "°C"}));
    store::Series other{0, "b", "", "dev", "b", "K"};
    EXPECT_FALSE(rules.rename(other));
}

TEST(RuleSet, RemembersASeriesUntilItIsToldToForget)
{
    store::SeriesTable table;
    const auto id = table.add({0, "a", "", "old", "", ""});
    auto rule = about("#", "new");
    rule.event = true;
    RuleSet rules({rule});
    EXPECT_FALSE(rules.settings_of(id, table).event);
    auto series = *table.get(id);
    series.device = "new";
    table.update(series);
    EXPECT_FALSE(rules.settings_of(id, table).event);
    rules.forget(id);
    EXPECT_TRUE(rules.settings_of(id, table).event);
}

TEST(RuleSet, GivesWhatIsMadeFromASeriesTheSettingsOfThatOne)
{
    store::SeriesTable table;
    const auto source = table.add({0, "a", "/t", "dev", "", ""});
    store::Series mean{0, "a", "/t@1min/mean", "dev", "", ""};
    mean.of = source;
    const auto derived = table.add(mean);
    auto rule = about("#", "", "/t");
    rule.priority = "critical";
    RuleSet rules({rule});
    EXPECT_EQ(&rules.settings_of(derived, table), &rules.settings_of(source, table));
    EXPECT_EQ(rules.settings_of(derived, table).priority, Priority::critical);
}

TEST(RuleSet, SaysHowATopicIsSampledByTheTopicAlone)
{
    auto flood = about("flood/+/raw");
    flood.sample = 100ms;
    auto all = about("flood/#");
    all.sample = 0ms;
    RuleSet rules({flood, all, about("#")});
    EXPECT_TRUE(rules.samples());
    EXPECT_EQ(rules.sample_of("flood/a/raw"), 100ms);
    EXPECT_EQ(rules.sample_of("flood/a"), 0ms);
    EXPECT_EQ(rules.sample_of("quiet"), 0ms);
    EXPECT_FALSE(RuleSet().samples());
}

}  // namespace
}  // namespace tidegate::gateway
