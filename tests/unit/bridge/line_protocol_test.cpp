#include "bridge/line_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace tidegate::bridge {
namespace {

using testing::HasSubstr;

constexpr std::int64_t at = 1'764'000'000'123;

struct LineProtocolTest : testing::Test {
    store::SeriesTable series;
    std::vector<store::Record> records;
    LineRules rules{SeriesPattern::parse("{topic}").value()};

    void add(store::Series of, store::Value value, std::int64_t time = at)
    {
        const auto known = series.find(of.topic, of.field);
        const auto id = known ? *known : series.add(std::move(of));
        records.push_back({records.size() + 1, {id, time, std::move(value), 0}});
    }
    Result<std::string> lines() { return line_protocol({"pi-1", 0xb7c1, records, series}, rules); }
    std::string line_of(store::Value value)
    {
        records.clear();
        add({0, "t", "", "", "", ""}, std::move(value));
        return lines().value();
    }
};

TEST_F(LineProtocolTest, WritesALineAReading)
{
    rules.labels = Labels::parse("", {"gateway={gateway}", "device={device}"}).value();
    add({0, "plant/boiler", "/temperature", "boiler-7", "", ""}, 21.5);
    add({0, "plant/valve", "", "", "", ""}, true, at + 1);

    EXPECT_EQ(lines().value(),
              "plant/boiler,gateway=pi-1,device=boiler-7 temperature=21.5 1764000000123\n"
              "plant/valve,gateway=pi-1 value=true 1764000000124\n");
}

TEST_F(LineProtocolTest, WritesEveryTypeExactly)
{
    EXPECT_EQ(line_of(false), "t value=false 1764000000123\n");
    EXPECT_EQ(line_of(0.1 + 0.2), "t value=0.30000000000000004 1764000000123\n");
    EXPECT_EQ(line_of(5e-324), "t value=5e-324 1764000000123\n");
    EXPECT_EQ(line_of(std::string("a \"b\" \\ c,d=e\nf")),
              "t value=\"a \\\"b\\\" \\\\ c,d=e\nf\" 1764000000123\n");
    EXPECT_EQ(line_of(std::string()), "t value=\"\" 1764000000123\n");
}

TEST_F(LineProtocolTest, WritesIntegersThatAFloatEqualsAsFloatsAndTheOthersApart)
{
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    EXPECT_EQ(line_of(std::int64_t{21}), "t value=21 1764000000123\n");
    EXPECT_EQ(line_of(-exact), "t value=-9007199254740992 1764000000123\n");
    EXPECT_EQ(line_of(exact + 1), "t value_integer=9007199254740993i 1764000000123\n");
    EXPECT_EQ(line_of(std::numeric_limits<std::int64_t>::min()),
              "t value_integer=-9223372036854775808i 1764000000123\n");
}

TEST_F(LineProtocolTest, WritesIntegersAsIntegersWhenAskedTo)
{
    rules.typed_integers = true;
    EXPECT_EQ(line_of(std::int64_t{21}), "t value=21i 1764000000123\n");
    EXPECT_EQ(line_of(std::numeric_limits<std::int64_t>::max()),
              "t value=9223372036854775807i 1764000000123\n");
    EXPECT_EQ(line_of(21.0), "t value=21 1764000000123\n");
}

TEST_F(LineProtocolTest, NamesWhatTheGatewayMadeSoThatAQueryNeedsNoQuotes)
{
    const auto name_of = [&](const char* field) {
        records.clear();
        store::Series made;
        made.topic = "t";
        made.field = field;
        made.of = 1;
        add(made, 1.0);
        const auto line = lines().value();
        return line.substr(2, line.find('=') - 2);
    };
    EXPECT_EQ(name_of("/temperature@10min/mean"), "temperature_10min_mean");
    EXPECT_EQ(name_of("@1h/increase"), "value_1h_increase");
    EXPECT_EQ(name_of("/temperature@summary/count"), "temperature_summary_count");
    EXPECT_EQ(line_of(1.0).substr(0, 9), "t value=1") << "what devices say keeps its name";
}

TEST_F(LineProtocolTest, EscapesNamesWhereTheFormatAsksForIt)
{
    rules.labels = Labels::parse("", {"a tag,=x y=z,w"}).value();
    add({0, "a b,c=d", "/e f,g=h", "", "", ""}, 1.0);

    EXPECT_EQ(lines().value(), "a\\ b\\,c=d,a\\ tag\\,=x\\ y\\=z\\,w e\\ f\\,g\\=h=1 1764000000123\n");
}

TEST_F(LineProtocolTest, ReplacesInNamesWhatTheFormatCannotSay)
{
    add({0, "a\nb\\", "/c\\ d\\e", "", "", ""}, 1.0);
    add({0, "#x", "/time", "", "", ""}, 2.0);
    add({0, "", "/", "", "", ""}, 3.0);

    EXPECT_EQ(lines().value(),
              "a_b_ c_\\ d\\e=1 1764000000123\n"
              "_x time_=2 1764000000123\n"
              "_ /=3 1764000000123\n");
}

// A topic is written by whoever may publish: it must never make a line of its own.
TEST_F(LineProtocolTest, MakesOneLineWhateverTheTopic)
{
    add({0, "a value=1 1\nb,c=d", "/x\r\ny value=9", "", "", ""}, 1.0);

    const auto text = lines().value();

    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_THAT(text, testing::EndsWith("=1 1764000000123\n"));
}

TEST_F(LineProtocolTest, RefusesWhatInfluxDbCannotHold)
{
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
          -std::numeric_limits<double>::infinity()}) {
        records.clear();
        add({0, "t", "", "", "", ""}, value);
        EXPECT_EQ(lines().error().kind, ErrorKind::invalid);
        EXPECT_THAT(lines().error().what, HasSubstr("NaN"));
    }
    records.clear();
    add({0, "t", "", "", "", ""}, 1.0, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(lines().error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tidegate::bridge
