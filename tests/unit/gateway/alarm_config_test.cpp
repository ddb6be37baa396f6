#include "gateway/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

LoadedConfig load(std::string_view text)
{
    LoadedConfig loaded;
    load_text(loaded, text, "t.toml");
    return loaded;
}

constexpr auto everything = R"([[alarm]]
name = "warm"
topic = "plant/#"
device = "pump*"
field = "/t"
class = "temperature"
above = 30
clear = 28.5
hold = "5min"
hold_off = "1min"
severity = "critical"
text = "{device} is at {value} {unit}"

[[alarm]]
name = "fast"
rate = "+2/min"
span = "10min"

[[alarm]]
name = "open"
equals = "open"

[[alarm]]
name = "on"
equals = true

[[alarm]]
name = "silent"
stale = "auto"
)";

TEST(AlarmConfig, IsReadInItsOrder)
{
    const auto loaded = load(everything);
    EXPECT_THAT(loaded.problems, IsEmpty());
    ASSERT_EQ(loaded.config.alarms.size(), 5U);
    const auto& warm = loaded.config.alarms[0];
    EXPECT_EQ(warm.topic, "plant/#");
    EXPECT_EQ(warm.device_class, "temperature");
    EXPECT_EQ(warm.above, 30.0);
    EXPECT_EQ(warm.clear, 28.5);
    EXPECT_EQ(warm.hold, 5min);
    EXPECT_EQ(warm.severity, "critical");
    EXPECT_FALSE(warm.below);
    EXPECT_EQ(loaded.config.alarms[1].rate, "+2/min");
    EXPECT_EQ(loaded.config.alarms[2].equals, store::Value(std::string("open")));
    EXPECT_EQ(loaded.config.alarms[3].equals, store::Value(true));
    EXPECT_EQ(loaded.config.alarms[4].stale, "auto");
}

TEST(AlarmConfig, IsPrintedSoThatItReadsTheSame)
{
    const auto first = load(everything);
    const auto text = as_toml(first.config);
    const auto again = load(text);
    EXPECT_THAT(again.problems, IsEmpty()) << text;
    EXPECT_EQ(as_toml(again.config), text);
    EXPECT_EQ(again.config.alarms.size(), 5U);
}

TEST(AlarmConfig, SaysWhereWhatIsWrong)
{
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\nabove = 30\nclear = 31\n").problems,
                ElementsAre(StartsWith("t.toml:4:9: clear is 31")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a b\"\nabove = 30\n").problems,
                ElementsAre(StartsWith("t.toml:2:8: name is \"a b\"")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\ntopic = \"a/#/b\"\nabove = 30\n").problems,
                ElementsAre(HasSubstr("\"a/#/b\" is no topic filter")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\nabov = 30\n").problems,
                testing::Contains(HasSubstr("did you mean above?")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\n").problems, ElementsAre(HasSubstr("needs a condition")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\nabove = \"hot\"\n").problems,
                testing::Contains(StartsWith("t.toml:3:9: above needs a number")));
    EXPECT_THAT(load("[[alarm]]\nname = \"a\"\nequals = []\n").problems,
                testing::Contains(HasSubstr("equals needs a text, a number, true or false")));
    EXPECT_THAT(load("[[alarm]]\nabove = 30\n").problems, ElementsAre(HasSubstr("alarm.name is missing")));
    EXPECT_THAT(load("[alarm]\nname = \"a\"\n").problems, ElementsAre(HasSubstr("[[alarm]]")));
}

}  // namespace
}  // namespace tidegate::gateway
