#include "web/server/timeline.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::web {
namespace {

using nlohmann::json;

constexpr std::int64_t start_ms = 1'764'000'000'000 - 1'764'000'000'000 % 60'000;

struct TimelineTest : testing::Test {
    TimelineTest()
    {
        facts.upstreams.resize(1);
        facts.upstreams[0].id = "cloud";
        facts.upstreams[0].up = true;
    }
    void add(std::int64_t at_ms, std::uint64_t held = 0)
    {
        BufferState buffer;
        buffer.held = held;
        buffer.level = static_cast<double>(held) / 1000;
        timeline.add(at_ms, facts, buffer);
    }
    void turn(bool up, std::int64_t at_ms, const std::string& why = "")
    {
        facts.upstreams[0].up = up;
        facts.upstreams[0].since_ms = at_ms;
        facts.upstreams[0].why = why;
    }
    json now() { return json::parse(timeline.json()); }

    GatewayFacts facts;
    Timeline timeline;
};

TEST_F(TimelineTest, KeepsTheMostThatWasHeldAndTheMeanOfWhatArrivedByMinutes)
{
    facts.messages_per_s = 10;
    add(start_ms, 5);
    facts.messages_per_s = 20;
    add(start_ms + 1000, 7);
    add(start_ms + 60'000, 3);
    const auto said = now();
    EXPECT_EQ(said["t"], json({start_ms, start_ms + 60'000}));
    EXPECT_EQ(said["in"], json({15, 20}));
    EXPECT_EQ(said["held"], json({7, 3}));
    EXPECT_EQ(said["level"], json({0.007, 0.003}));
}

TEST_F(TimelineTest, TellsOutagesWithTheirReasonAndTheirEnd)
{
    add(start_ms);
    turn(false, start_ms + 500, "connection refused");
    add(start_ms + 1000);
    auto said = now()["outages"];
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0], json({{"upstream", "cloud"},
                             {"from", start_ms + 500},
                             {"to", nullptr},
                             {"why", "connection refused"}}));
    turn(true, start_ms + 9000);
    add(start_ms + 10'000);
    EXPECT_EQ(now()["outages"][0]["to"], start_ms + 9000);
    EXPECT_EQ(now()["outages"][0]["why"], "connection refused");
    turn(false, start_ms + 20'000, "timed out");
    add(start_ms + 20'000);
    EXPECT_EQ(now()["outages"].size(), 2U);
    EXPECT_EQ(now()["outages"][0]["why"], "timed out") << "the newest comes first";
}

TEST_F(TimelineTest, EndsTheOutageOfAnUpstreamThatIsConfiguredNoMore)
{
    turn(false, start_ms, "gone");
    add(start_ms);
    facts.upstreams.clear();
    add(start_ms + 5000);
    EXPECT_EQ(now()["outages"][0]["to"], start_ms + 5000);
}

TEST_F(TimelineTest, ForgetsWhatIsOlderThanADayAndMoreThanSoManyOutages)
{
    for (std::size_t i = 0; i < Timeline::most_minutes + 10; ++i) {
        const auto at_ms = start_ms + static_cast<std::int64_t>(i) * 60'000;
        turn(i % 2 == 0, at_ms, "no");
        add(at_ms);
    }
    EXPECT_EQ(now()["t"].size(), Timeline::most_minutes);
    EXPECT_EQ(now()["t"][0], start_ms + 600'000);
    EXPECT_EQ(now()["outages"].size(), Timeline::most_outages);
}

}  // namespace
}  // namespace tidegate::web
