#include "unit/web/live_hub_fixture.hpp"

namespace tidegate::web {
namespace {

using testing::ElementsAre;

TEST_F(LiveHubTest, ClosesAClientThatReadsNothing)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.fill_socket();
    hub.publish_gateway(R"({"k":"gw"})");
    pass(29'000, {&viewer});
    EXPECT_EQ(viewer.closed(), 0);
    viewer.forget();
    pass(4'000, {&viewer});
    EXPECT_FALSE(viewer.cut());

    viewer.drain_socket();

    EXPECT_EQ(viewer.closed(), 4408);
    EXPECT_EQ(viewer.take("bye").at(0)["why"], "slow");
}

TEST_F(LiveHubTest, TellsEverybodyLessOftenUnderLoadAndThenSaysTheAges)
{
    hub.stretch(4);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"rate":500})");
    pass(2'000, {&viewer});
    viewer.forget();
    int updates = 0;
    bool ages = true;
    for (int i = 0; i < 80; ++i) {
        hear(1, static_cast<double>(i));
        pass(100, {&viewer});
        for (const auto& update : viewer.take("d")) {
            ++updates;
            ages = ages && update.contains("a");
        }
    }
    EXPECT_EQ(updates, 4) << "eight seconds at 500 ms times four";
    EXPECT_TRUE(ages) << "what was heard longer than a rate ago is not shown as just heard";

    hub.stretch(1);
    updates = 0;
    for (int i = 0; i < 80; ++i) {
        hear(1, static_cast<double>(i));
        pass(100, {&viewer});
        updates += static_cast<int>(viewer.take("d").size());
    }
    EXPECT_GE(updates, 15);
}

TEST_F(LiveHubTest, CutsASocketThatStaysFull)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.fill_socket();
    hub.publish_gateway(R"({"k":"gw"})");
    pass(35'000, {&viewer});
    EXPECT_FALSE(viewer.cut());
    pass(10'000, {&viewer});
    EXPECT_TRUE(viewer.cut());
    EXPECT_EQ(turned, std::vector{Turned::live_slow});
}

TEST_F(LiveHubTest, KeepsToTheLimitsThatItIsGiven)
{
    hub.set_limits({.clients = 8,
                    .message_rate = 1,
                    .message_burst = 2,
                    .hello_time = std::chrono::seconds(3),
                    .slow_time = std::chrono::seconds(5)});
    Viewer silent(hub, now);
    pass(4500, {&silent});
    EXPECT_EQ(silent.closed(), 1008);
    Viewer talks(hub, now);
    talks.say(hello);
    talks.say(R"({"k":"h"})");
    EXPECT_EQ(talks.closed(), 0);
    talks.say(R"({"k":"h"})");
    EXPECT_EQ(talks.closed(), 1008);
    Viewer slow(hub, now);
    slow.say(hello);
    slow.fill_socket();
    hub.publish_gateway(R"({"k":"gw"})");
    pass(20'000, {&slow});
    EXPECT_TRUE(slow.cut());
    EXPECT_EQ(turned, (std::vector{Turned::live_hello, Turned::live_rate, Turned::live_slow}));
}

// Whoever reads nothing would not see that it is sent away, and might read on later what waits in its socket.
TEST_F(LiveHubTest, CutsWhoHasLostAccessAndReadsNothing)
{
    bool holds = true;
    LiveHub guarded(series, table,
                    {"b7c1",
                     "pi",
                     "0.1.0",
                     {8},
                     100,
                     {},
                     [&] { return std::uint64_t{holds}; },
                     [&](const Identity&) { return holds; }});
    hear(1, 1.0);
    Viewer viewer(guarded, now);
    viewer.say(hello);
    viewer.fill_socket();
    const auto pass_on = [&](std::int64_t ms) {
        for (const auto end = now.boot_ms + ms; now.boot_ms < end;) {
            now.boot_ms = std::min(end, guarded.next_tick_ms(now));
            guarded.tick(now);
            viewer.read();
        }
    };
    guarded.publish_gateway(R"({"k":"gw"})");
    pass_on(2000);
    EXPECT_FALSE(viewer.cut());
    holds = false;
    pass_on(1000);
    EXPECT_TRUE(viewer.cut());
}

TEST_F(LiveHubTest, SaysWhenASeriesGrowsStaleByWaiting)
{
    for (int i = 0; i < 5; ++i) {
        hear(1, 1.0);
        now.wall_ms += 10'000;
        now.boot_ms += 10'000;
    }
    hear(1, 1.0);
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.forget();

    pass(120'000, {&viewer});

    std::vector<int> states;
    for (const auto& message : viewer.take("st")) {
        EXPECT_EQ(message["g"], json({1}));
        states.push_back(message["s"][0]);
    }
    EXPECT_THAT(states, ElementsAre(1, 2));
    hear(1, 1.0);
    pass(1500, {&viewer});
    EXPECT_EQ(viewer.take("st").at(0)["s"], json({0}));
}

TEST_F(LiveHubTest, AnnouncesNewSeriesBeforeTheirValues)
{
    hear(1, 1.0);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"sub":{"match":["plant/#"]}})");
    viewer.forget();

    const auto id = series.add({0, "plant/c", "", "", "", ""});
    hear(id, 7.0);
    pass(600, {&viewer});

    ASSERT_EQ(viewer.frames().size(), 3U);
    EXPECT_EQ(json::parse(*viewer.frames()[0]), json::parse(R"({"k":"cat","rev":4})"));
    EXPECT_EQ(json::parse(*viewer.frames()[1])["v"], json({7.0}));
    EXPECT_EQ(json::parse(*viewer.frames()[2]), json::parse(R"({"k":"st","g":[4],"s":[0]})"));
}

TEST_F(LiveHubTest, SendsTheGatewaysStateOnceASerial)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    hub.publish_gateway(R"({"k":"gw","n":1})");
    pass(1000, {&viewer});
    EXPECT_EQ(viewer.take("gw").size(), 1U);
    hub.publish_gateway(R"({"k":"gw","n":2})");
    pass(1000, {&viewer});
    EXPECT_EQ(viewer.take("gw").at(0)["n"], 2);
}

TEST_F(LiveHubTest, BeatsWhenThereIsNothingElseToSay)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.forget();
    pass(11'000, {&viewer});
    EXPECT_EQ(viewer.take("h").size(), 2U);
    viewer.say(R"({"k":"h"})");
    EXPECT_EQ(viewer.take("h").size(), 1U);
}

TEST_F(LiveHubTest, HoldsUpdatesWhilePaused)
{
    hear(1, 1.0);
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.say(R"({"k":"pause"})");
    viewer.forget();
    hear(1, 2.0);
    pass(5000, {&viewer});
    EXPECT_TRUE(viewer.take("d").empty());

    viewer.say(R"({"k":"resume"})");

    const auto updates = viewer.take("d");
    ASSERT_EQ(updates.size(), 1U);
    EXPECT_EQ(updates[0]["v"], json({2.0}));
    EXPECT_EQ(updates[0]["a"], json({5000}));
}

TEST_F(LiveHubTest, StartsAnewWhenTheSubscriptionChanges)
{
    hear(1, 1.0);
    hear(3, 3.0);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"sub":{"match":["plant/#"]}})");
    EXPECT_EQ(viewer.take("d").at(0)["g"], json({1}));

    viewer.say(R"({"k":"set","rate":100,"sub":{"ids":[3]}})");

    const auto updates = viewer.take("d");
    ASSERT_EQ(updates.size(), 1U);
    EXPECT_EQ(updates[0]["from"], 0);
    EXPECT_EQ(updates[0]["g"], json({3}));
    viewer.say(R"({"k":"set","rate":1000})");
    EXPECT_TRUE(viewer.take("d").empty());
}

TEST_F(LiveHubTest, ClosesWhoeverDoesNotSpeakTheProtocol)
{
    const auto code_after = [this](const std::string& text) {
        Viewer viewer(hub, now);
        viewer.say(text);
        return viewer.closed();
    };
    EXPECT_EQ(code_after(R"({"k":"hello","v":2})"), 1008);
    EXPECT_EQ(code_after("nonsense"), 1008);
    EXPECT_EQ(code_after(R"({"k":"pause"})"), 1008);
    EXPECT_EQ(code_after(R"({"k":"later"})"), 0);
    Viewer twice(hub, now);
    twice.say(hello);
    twice.say(hello);
    EXPECT_EQ(twice.closed(), 1008);
    EXPECT_EQ(turned, std::vector(4, Turned::live_malformed));
    Viewer silent(hub, now);
    pass(12'000, {&silent});
    EXPECT_EQ(silent.closed(), 1008);
    EXPECT_EQ(turned.back(), Turned::live_hello);
}

TEST_F(LiveHubTest, ClosesAClientThatNeverStopsTalking)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    for (int i = 0; i < 30; ++i) viewer.say(R"({"k":"h"})");
    EXPECT_EQ(viewer.closed(), 0);
    for (int i = 0; i < 30; ++i) viewer.say(R"({"k":"h"})");
    EXPECT_EQ(viewer.closed(), 1008);
    EXPECT_EQ(turned, std::vector{Turned::live_rate});
}

TEST_F(LiveHubTest, TurnsAwayTheClientBeyondTheLimit)
{
    std::vector<std::unique_ptr<Viewer>> viewers;
    for (int i = 0; i < 9; ++i) viewers.push_back(std::make_unique<Viewer>(hub, now));
    viewers.back()->read();
    EXPECT_EQ(viewers.back()->closed(), 4429);
    EXPECT_EQ(turned, std::vector{Turned::live});
    viewers[0]->say(hello);
    EXPECT_EQ(viewers[0]->closed(), 0);
}

TEST_F(LiveHubTest, SaysGoodbyeWhenTheGatewayStops)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    hub.stop();
    viewer.read();
    EXPECT_EQ(viewer.take("bye").at(0)["why"], "restart");
    EXPECT_EQ(viewer.closed(), 1001);
}

TEST_F(LiveHubTest, AsksToBeCalledWhenTheFastestClientIsDue)
{
    now.boot_ms = 1'000'030;
    EXPECT_EQ(hub.next_tick_ms(now), 1'001'000);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"rate":250})");
    EXPECT_EQ(hub.next_tick_ms(now), 1'000'250);
}

}  // namespace
}  // namespace tidegate::web
