#include "bridge/series_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

const store::Series series{1, "plant/line 1/boiler", "/AM2301/Temperature", "boiler-7", "Temperature", "°C"};

std::string filled(std::string_view pattern, const store::Series& of = series)
{
    return SeriesPattern::parse(pattern).value().of(of, "pi-1");
}

TEST(SeriesPattern, FillsInWhatIsKnownOfTheSeries)
{
    EXPECT_EQ(filled("{gateway}/{topic}"), "pi-1/plant/line 1/boiler");
    EXPECT_EQ(filled("{device} {name} [{unit}]"), "boiler-7 Temperature [°C]");
    EXPECT_EQ(filled("{field}"), "AM2301/Temperature");
    EXPECT_EQ(filled("as it is"), "as it is");
    EXPECT_EQ(filled(""), "");
}

TEST(SeriesPattern, KnowsWhatIsMeasured)
{
    auto classed = series;
    classed.device_class = "temperature";
    EXPECT_EQ(filled("{class}/{device}", classed), "temperature/boiler-7");
    EXPECT_EQ(filled("<{class}>"), "<>");
}

TEST(SeriesPattern, TakesALevelOutOfTheTopic)
{
    EXPECT_EQ(filled("{topic:1}"), "plant");
    EXPECT_EQ(filled("{topic:2}"), "line 1");
    EXPECT_EQ(filled("{topic:3}"), "boiler");
    EXPECT_EQ(filled("<{topic:4}>"), "<>");
    EXPECT_EQ(filled("<{topic:1}>", {1, "/a", "", "", "", ""}), "<>");
}

TEST(SeriesPattern, CallsThePayloadThatIsOneValueValue)
{
    EXPECT_EQ(filled("{field}", {1, "t", "", "", "", ""}), "value");
}

TEST(SeriesPattern, TakesTheNameOfWhatTheGatewayMadeApart)
{
    auto made = series;
    made.of = 1;
    made.field = "/AM2301/Temperature@10min/mean";
    EXPECT_EQ(filled("{field}", made), "AM2301/Temperature@10min/mean");
    EXPECT_EQ(filled("{source} {window} {statistic}", made), "AM2301/Temperature 10min mean");
    made.field = "@1h/count";
    EXPECT_EQ(filled("{field}", made), "value@1h/count");
    EXPECT_EQ(filled("{source} {window} {statistic}", made), "value 1h count");
    EXPECT_EQ(filled("{source}<{window}><{statistic}>"), "AM2301/Temperature<><>") << "a device said it";
}

TEST(SeriesPattern, SaysWhatIsWrong)
{
    for (const auto* wrong :
         {"{", "a{topic", "{nothing}", "{topic:0}", "{topic:x}", "{topic:}", "{topic:1x}", "{}"})
        EXPECT_EQ(SeriesPattern::parse(wrong).error().kind, ErrorKind::invalid) << wrong;
    EXPECT_THAT(SeriesPattern::parse("{tpic}").error().what, testing::HasSubstr("{tpic} is not known"));
}

TEST(Labels, AreReadFromTheConfiguration)
{
    const auto labels = Labels::parse("site/{topic}", {"device={device}", "site=north=1"}).value();

    EXPECT_EQ(labels.topic_of(series, "pi-1"), "site/plant/line 1/boiler");
    ASSERT_EQ(labels.tags.size(), 2);
    EXPECT_EQ(labels.tags[0].first, "device");
    EXPECT_EQ(labels.tags[0].second.of(series, "pi-1"), "boiler-7");
    EXPECT_EQ(labels.tags[1].second.of(series, "pi-1"), "north=1");
    EXPECT_EQ(Labels().topic_of(series, "pi-1"), series.topic);
    for (const auto* wrong : {"device", "=x", "a={x}"}) EXPECT_FALSE(Labels::parse("", {wrong})) << wrong;
    EXPECT_FALSE(Labels::parse("{x}", {}));
}

}  // namespace
}  // namespace tidegate::bridge
