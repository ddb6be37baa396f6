#include "firmware-sim/record.hpp"

#include "firmware-sim/replay.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace tidegate::sim;
using testing::HasSubstr;

namespace {

std::vector<Recorded> read(const std::string& text)
{
    std::istringstream in(text);
    RecordReader reader(in);
    std::vector<Recorded> all;
    while (auto one = reader.next()) all.push_back(std::move(*one));
    return all;
}

std::string fault_of(const std::string& text)
{
    try {
        read(text);
    } catch (const std::runtime_error& problem) {
        return problem.what();
    }
    return "no fault";
}

}  // namespace

TEST(Record, IsReadAsItWasWritten)
{
    Recorded text{1'764'000'000'123, {.topic = "a/b", .payload = "{\"t\":\"21 °C\"}\n", .retained = true}};
    Recorded bytes{1'764'000'000'456, {.topic = "c", .payload = std::string("\xff\x00\x01", 3)}};
    const auto all = read(as_line(text) + as_line(bytes));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].time_ms, text.time_ms);
    EXPECT_EQ(all[0].message.topic, "a/b");
    EXPECT_EQ(all[0].message.payload, text.message.payload);
    EXPECT_TRUE(all[0].message.retained);
    EXPECT_EQ(all[1].message.payload, bytes.message.payload);
    EXPECT_FALSE(all[1].message.retained);
}

TEST(Record, IsReadFromAnExportOfTheGateway)
{
    const auto csv = read(
        "topic,field,time,t,v,flags,resolution_ms,count,min,mean,max,first,last\r\n"
        "plant/a,,2026-11-24T05:00:00.250Z,1795842000250,21.5,,,,,,,,\r\n"
        "\"a,\"\"b\",/air/t,2026-11-24T05:00:01.000Z,1795842001000,7,,,,,,,,\r\n"
        "x,/m,2026-11-24T05:00:02.000Z,1795842002000,open,,,,,,,,\r\n");
    ASSERT_EQ(csv.size(), 3U);
    EXPECT_EQ(csv[0].time_ms, 1'795'842'000'250);
    EXPECT_EQ(csv[0].message.payload, "21.5");
    EXPECT_EQ(csv[1].message.topic, "a,\"b");
    EXPECT_EQ(csv[1].message.payload, R"({"air":{"t":7}})");
    EXPECT_EQ(csv[2].message.payload, R"({"m":"open"})");

    const auto ndjson =
        read("{\"topic\":\"p\",\"field\":\"\",\"time\":\"2026-11-24T05:00:00.250Z\",\"v\":true}\n");
    ASSERT_EQ(ndjson.size(), 1U);
    EXPECT_EQ(ndjson[0].time_ms, 1'795'496'400'250);
    EXPECT_EQ(ndjson[0].message.payload, "true");
}

TEST(Record, SaysWhichLineIsWrong)
{
    EXPECT_THAT(fault_of("{\"t\":1,\"topic\":\"a\",\"payload\":\"1\"}\nnonsense\n"),
                HasSubstr("line 2: is no JSON object"));
    EXPECT_THAT(fault_of("t,topic,payload\nsoon,a,1\n"), HasSubstr("line 2: \"soon\" is no time"));
    EXPECT_THAT(fault_of("t,topic,payload\n1,,1\n"), HasSubstr("line 2: has no topic"));
    EXPECT_THAT(fault_of("t,topic\n1,a\n"), HasSubstr("has neither payload"));
    EXPECT_THAT(fault_of("t,topic,payload\n1,a,\"x\n"), HasSubstr("not closed"));
    EXPECT_THAT(fault_of("{\"t\":1,\"topic\":\"a\",\"payload_base64\":\"?\"}\n"), HasSubstr("no base64"));
    EXPECT_EQ(fault_of(""), "no fault");
}

TEST(Record, KnowsTimesWithAndWithoutFractions)
{
    EXPECT_EQ(time_of("1970-01-01T00:00:01Z"), 1000);
    EXPECT_EQ(time_of("1970-01-01 00:00:01.5"), 1500);
    EXPECT_EQ(time_of("1970-01-02T00:00:00.123456Z"), 86'400'123);
    EXPECT_EQ(time_of("12"), 12);
    for (const auto* text :
         {"", "yesterday", "1970-13-01T00:00:00Z", "1970-01-01T25:00:00Z", "1970-01-01T00:00:00+01:00"})
        EXPECT_EQ(time_of(text), std::nullopt) << text;
}

TEST(Replay, PlaysAtItsSpeed)
{
    const tidegate::tests::TempDir directory;
    std::ofstream(directory / "r.csv") << "t,topic,payload\n60000,a,1\n90000,b,2\n";
    Replay replay((directory / "r.csv").string(), 60);
    EXPECT_EQ(replay.due_us(), 0);
    EXPECT_EQ(replay.next(0).topic, "a");
    EXPECT_EQ(replay.due_us(), 500'000);
    EXPECT_FALSE(replay.ended());
    EXPECT_EQ(replay.next(0).payload, "2");
    EXPECT_TRUE(replay.ended());
    EXPECT_THROW(Replay((directory / "none.csv").string(), 1), std::runtime_error);
}
