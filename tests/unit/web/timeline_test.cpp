#include "web/server/timeline.hpp"

#include "store/notebook.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

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
    add(start_ms - 1000);
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

// Each start connects; that is no outage until it takes long.
TEST_F(TimelineTest, CallsTheFirstConnectionOfAStartNoOutage)
{
    facts.started_ms = start_ms;
    turn(false, 0);
    facts.upstreams[0].books.started = 0;
    facts.store.last_seq = 5;
    add(start_ms + 1000);
    add(start_ms + 3000);
    turn(true, start_ms + 3500);
    add(start_ms + 4000);
    EXPECT_TRUE(now()["outages"].empty());
    turn(false, start_ms + 9000, "timed out");
    add(start_ms + 9500);
    EXPECT_EQ(now()["outages"][0]["from"], start_ms + 9000) << "one that has been up has no grace";
}

TEST_F(TimelineTest, CountsAnOutageFromTheStartWhereTheFirstConnectionDoesNotCome)
{
    facts.started_ms = start_ms;
    turn(false, start_ms + 1200, "connection refused");
    for (int second = 1; second < 6; ++second) {
        add(start_ms + second * 1000);
        EXPECT_TRUE(now()["outages"].empty()) << second;
    }
    add(start_ms + 6000);
    ASSERT_EQ(now()["outages"].size(), 1U);
    EXPECT_EQ(now()["outages"][0]["from"], start_ms);
    EXPECT_EQ(now()["outages"][0]["why"], "connection refused");
}

TEST_F(TimelineTest, CallsAnUpstreamThatWasNotNeededYetNotAway)
{
    facts.started_ms = start_ms;
    turn(false, 0);
    for (int second = 1; second < 30; ++second) add(start_ms + second * 1000);
    EXPECT_TRUE(now()["outages"].empty());
    facts.store.last_seq = 1;
    add(start_ms + 30'000);
    EXPECT_EQ(now()["outages"].size(), 1U) << "it is owed something, and has never been there";
}

struct TimelineOverARestart : TimelineTest {
    TimelineOverARestart()
    {
        directory = std::filesystem::temp_directory_path() / ("timeline-" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory);
        facts.started_ms = start_ms;
        begin();
    }
    ~TimelineOverARestart() override { std::filesystem::remove_all(directory); }

    void begin()
    {
        notebook.emplace(store::Notebook::Options{.kept = directory / "notebook"});
        timeline = Timeline(&*notebook);
    }
    void restart(std::int64_t at_ms)
    {
        notebook->close();
        facts.started_ms = at_ms;
        begin();
    }

    std::filesystem::path directory;
    std::optional<store::Notebook> notebook;
};

TEST_F(TimelineOverARestart, RemembersMinutesAndOutages)
{
    facts.messages_per_s = 10;
    add(start_ms + 1000, 5);
    turn(false, start_ms + 2000, R"(connection "refused")");
    add(start_ms + 2000, 6);
    turn(true, start_ms + 30'000);
    add(start_ms + 30'000, 700);
    const auto before = now();
    restart(start_ms + 40'000);
    auto after = now();
    EXPECT_EQ(after, before);
    facts.messages_per_s = 50;
    turn(true, start_ms + 41'000);
    add(start_ms + 41'000, 1);
    after = now();
    EXPECT_EQ(after["t"], json({start_ms})) << "the minute goes on";
    EXPECT_EQ(after["in"], json({20}));
    EXPECT_EQ(after["held"], json({700}));
}

TEST_F(TimelineOverARestart, TellsWhenTheGatewayDidNotRun)
{
    add(start_ms + 1000);
    restart(start_ms + 300'000);
    add(start_ms + 301'000);
    const auto said = now();
    EXPECT_EQ(said["stopped"], json::array({{{"from", start_ms + 1000}, {"to", start_ms + 300'000}}}));
    EXPECT_EQ(said["t"], json({start_ms, start_ms + 300'000})) << "no minute is made up for it";
    restart(start_ms + 400'000);
    add(start_ms + 401'000);
    EXPECT_EQ(now()["stopped"].size(), 2U);
    EXPECT_EQ(now()["stopped"][0]["from"], start_ms + 301'000) << "the newest comes first";
}

TEST_F(TimelineOverARestart, GoesOnWithAnOutageThatBeganBefore)
{
    add(start_ms + 1000);
    turn(false, start_ms + 2000, "timed out");
    add(start_ms + 2000);
    restart(start_ms + 100'000);
    turn(false, 0);
    add(start_ms + 101'000);
    auto said = now()["outages"];
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0]["from"], start_ms + 2000);
    EXPECT_TRUE(said[0]["to"].is_null());
    EXPECT_EQ(said[0]["why"], "timed out");
    turn(true, start_ms + 102'500);
    add(start_ms + 103'000);
    said = now()["outages"];
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0]["to"], start_ms + 102'500);
}

TEST_F(TimelineOverARestart, ForgetsWhatIsMoreThanADayOld)
{
    add(start_ms + 1000);
    constexpr std::int64_t days_ms = 3 * 86'400'000LL;
    restart(start_ms + days_ms);
    add(start_ms + days_ms + 1000);
    EXPECT_EQ(now()["t"], json({start_ms + days_ms}));
    std::size_t minutes = 0;
    notebook->each("minute/", [&](auto, auto) { ++minutes; });
    EXPECT_EQ(minutes, 1U);
}

// A notebook is no place to trust blindly: somebody may have edited it.
TEST_F(TimelineOverARestart, PassesOverWhatItCannotRead)
{
    for (const auto& [key, text] : {std::pair{"minute/x", "1 2 3"},
                                    {"minute/5", "nan"},
                                    {"outage/5", "{}"},
                                    {"outage/5/cloud", "no json"},
                                    {"stop/1", "x"},
                                    {"run", "?"}})
        notebook->put(key, text);
    restart(start_ms);
    add(start_ms + 1000);
    const auto said = now();
    EXPECT_EQ(said["t"], json({start_ms}));
    EXPECT_TRUE(said["outages"].empty());
    EXPECT_TRUE(said["stopped"].empty());
}

}  // namespace
}  // namespace tidegate::web
