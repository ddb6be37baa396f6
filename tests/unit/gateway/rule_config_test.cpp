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
    check_named_upstreams(loaded);
    return loaded;
}

constexpr auto everything = R"(
[[rule]]
topic = "plant/+/raw"
decoder = "scalar"
sample = "100ms"

[[rule]]
topic = "plant/#"
device = "pump*"
field = "/speed"
class = "speed"
name = "Speed"
unit = "rpm"
factor = 60
offset = -0.5
deadband = "2.5%"
on_change = true
heartbeat = "1h"
rate = "10s"
event = false
windows = ["1min", "1h"]
values = ["mean", "increase"]
lateness = "30s"
keep = false
forward = ["cloud"]
priority = "bulk"

[[rule]]
rename = "Pump 1"
deadband = 0.5
forward = "derived"

[[upstream]]
name = "cloud"
kind = "mqtt"
url = "mqtt://x"
)";

TEST(RuleConfig, IsReadInItsOrder)
{
    const auto loaded = load(everything);
    EXPECT_THAT(loaded.problems, IsEmpty());
    ASSERT_EQ(loaded.config.rules.size(), 3U);
    const auto& first = loaded.config.rules[0];
    EXPECT_EQ(first.topic, "plant/+/raw");
    EXPECT_EQ(first.decoder, "scalar");
    EXPECT_EQ(first.sample, 100ms);
    EXPECT_FALSE(first.rate);
    const auto& second = loaded.config.rules[1];
    EXPECT_EQ(second.device_class, "speed");
    EXPECT_EQ(second.factor, 60);
    EXPECT_EQ(second.offset, -0.5);
    EXPECT_EQ(second.deadband, (Deadband{2.5, true}));
    EXPECT_EQ(second.on_change, true);
    EXPECT_EQ(second.event, false);
    EXPECT_THAT(*second.windows, ElementsAre(1min, 1h));
    EXPECT_THAT(*second.values, ElementsAre("mean", "increase"));
    EXPECT_EQ(second.keep, false);
    EXPECT_EQ(second.forward, (Forward{Forward::What::named, {"cloud"}}));
    EXPECT_EQ(second.priority, "bulk");
    const auto& third = loaded.config.rules[2];
    EXPECT_EQ(third.topic, "#");
    EXPECT_EQ(third.deadband, (Deadband{0.5, false}));
    EXPECT_EQ(third.forward, (Forward{Forward::What::derived, {}}));
}

TEST(RuleConfig, IsReadBackAsItWasPrinted)
{
    auto loaded = load(everything);
    complete(loaded.config);
    const auto printed = as_toml(loaded.config);
    const auto again = load(printed);
    EXPECT_THAT(again.problems, IsEmpty()) << printed;
    EXPECT_EQ(as_toml(again.config), printed);
    EXPECT_THAT(printed, HasSubstr("deadband = \"2.5%\"\n"));
}

struct Mistake {
    const char *text, *expected;
};

class RuleMistake : public testing::TestWithParam<Mistake> {};

TEST_P(RuleMistake, IsToldWithItsPlaceAndWhatToDo)
{
    EXPECT_THAT(load(GetParam().text).problems, ElementsAre(StartsWith(GetParam().expected)));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    RuleMistake,
    testing::Values(
        Mistake{"[rule]\nrate = \"1s\"", "t.toml:1:1: rule must be written [[rule]], once for each"},
        Mistake{"[[rule]]\nraet = \"1s\"\nunit = \"W\"",
                "t.toml:2:8: unknown key rule.raet; did you mean rate?"},
        Mistake{"[[rule]]\ntopic = \"a/#\"", "t.toml:1:1: the rule says which series, and nothing of them"},
        Mistake{"[[rule]]\ntopic = \"a#\"\nunit = \"W\"", "t.toml:2:9: \"a#\" is no topic filter"},
        Mistake{"[[rule]]\nfield = \"/x\"\nsample = \"1s\"", "t.toml:3:10: sample goes by the topic alone"},
        Mistake{"[[rule]]\ndevice = \"x\"\ndecoder = \"json\"",
                "t.toml:3:11: decoder goes by the topic alone"},
        Mistake{"[[rule]]\ndecoder = \"jsno\"",
                "t.toml:2:11: there is no decoder \"jsno\"; did you mean json?"},
        Mistake{"[[rule]]\ndevice = \"x\"\nrename = \"y\"",
                "t.toml:3:10: rename goes by topic, field and class"},
        Mistake{"[[rule]]\nfactor = 0", "t.toml:2:10: factor is 0"},
        Mistake{"[[rule]]\nfactor = \"2\"", "t.toml:2:10: factor needs a number"},
        Mistake{"[[rule]]\nfactor = inf", "t.toml:2:10: factor needs a number"},
        Mistake{"[[rule]]\ndeadband = \"2\"",
                "t.toml:2:12: deadband needs a number like 0.5, or a percentage"},
        Mistake{"[[rule]]\ndeadband = \"x%\"", "t.toml:2:12: deadband needs a number like 0.5"},
        Mistake{"[[rule]]\ndeadband = -1", "t.toml:2:12: deadband is below 0"},
        Mistake{"[[rule]]\non_change = 1", "t.toml:2:13: on_change needs true or false"},
        Mistake{"[[rule]]\nrate = \"2d\"", "t.toml:2:8: rate is 2d, must be 0ms to 1d"},
        Mistake{"[[rule]]\nrate = \"5ms\"", "t.toml:2:8: rate is below 100ms"},
        Mistake{"[[rule]]\npriority = \"high\"",
                "t.toml:2:12: priority is \"high\", must be one of critical"},
        Mistake{"[[rule]]\nwindows = [\"1min\", \"1\"]", "t.toml:2:20: windows needs a duration like"},
        Mistake{"[[rule]]\nwindows = [\"10ms\"]", "t.toml:2:12: windows is 10ms, must be 1s to 7d"},
        Mistake{"[[rule]]\nvalues = [\"mean\", \"median\"]",
                "t.toml:2:19: values has \"median\", must be of count|"},
        Mistake{"[[rule]]\nkeep = false", "t.toml:2:8: keep = false would leave nothing of the values"},
        Mistake{"[[rule]]\nkeep = false\nwindows = []", "t.toml:2:8: keep = false would leave nothing"},
        Mistake{"[[rule]]\nforward = \"some\"",
                "t.toml:2:11: forward needs \"all\", \"none\", \"derived\", or"},
        Mistake{"[[rule]]\nforward = [\"clout\"]",
                "t.toml:1:1: there is no upstream \"clout\"; none is configured"}));

TEST(RuleConfig, TellsTheNearestUpstreamWhereverItIsConfigured)
{
    const auto loaded = load(
        "[[rule]]\nforward = [\"clout\"]\n"
        "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"mqtt://x\"\n");
    EXPECT_THAT(loaded.problems,
                ElementsAre("t.toml:1:1: there is no upstream \"clout\"; did you mean cloud?"));
}

}  // namespace
}  // namespace tidegate::gateway
