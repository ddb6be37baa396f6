#include "gateway/rules/history_ages.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using std::chrono::days;
using std::chrono::hours;

store::Series series(const std::string& topic, const std::string& device_class = "")
{
    store::Series made;
    made.topic = topic;
    made.device_class = device_class;
    return made;
}

Rule kept_for(const std::string& topic, hours age)
{
    Rule rule;
    rule.topic = topic;
    rule.history = age;
    return rule;
}

TEST(HistoryAges, AreThoseOfTheFirstRuleThatMatchesInWholeDays)
{
    auto battery = kept_for("#", hours(24));
    battery.device_class = "battery";
    Rule other;
    other.topic = "people/#";
    other.unit = "m";
    const auto ages =
        history_ages({other, battery, kept_for("people/#", hours(7 * 24)), kept_for("#", hours(25))});
    EXPECT_EQ(ages.of(series("people/a")), days(7)) << "a rule that does not speak of it is none";
    EXPECT_EQ(ages.of(series("people/a", "battery")), days(1));
    EXPECT_EQ(ages.of(series("x")), days(2)) << "no less than was asked for";
    EXPECT_EQ(ages.ages, (std::vector<days>{days(1), days(2), days(7)}));
}

TEST(HistoryAges, LeaveWhatTheGatewayMakesOfASeries)
{
    const auto ages = history_ages({kept_for("#", hours(24))});
    auto window = series("people/a");
    window.of = 1;
    EXPECT_EQ(ages.of(window), std::nullopt);
}

TEST(HistoryAges, AreOthersOnlyWhenARuleThatSpeaksOfThemIs)
{
    Rule other;
    other.unit = "m";
    const auto before = history_ages({kept_for("a", hours(24))}).fingerprint;
    EXPECT_EQ(history_ages({other, kept_for("a", hours(24))}).fingerprint, before);
    EXPECT_NE(history_ages({kept_for("a", hours(48))}).fingerprint, before);
    EXPECT_NE(history_ages({kept_for("b", hours(24))}).fingerprint, before);
    EXPECT_TRUE(history_ages({other}).ages.empty());
}

}  // namespace
}  // namespace tidegate::gateway
