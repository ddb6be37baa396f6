#include "unit/web/live_hub_fixture.hpp"

#include <map>

namespace tidegate::web {
namespace {

TEST_F(LiveHubTest, GreetsAndGivesEverythingAtFirst)
{
    hear(1, 21.4);
    hear(3, std::string("open"));
    Viewer viewer(hub, now);

    viewer.say(hello);

    ASSERT_EQ(viewer.frames().size(), 2U);
    const auto welcome = json::parse(*viewer.frames()[0]);
    EXPECT_EQ(welcome["k"], "welcome");
    EXPECT_EQ(welcome["epoch"], "b7c1");
    EXPECT_EQ(welcome["resume"], false);
    EXPECT_EQ(welcome["rev"], 3);
    const auto update = json::parse(*viewer.frames()[1]);
    EXPECT_EQ(update["from"], 0);
    EXPECT_EQ(update["seq"], 2);
    EXPECT_EQ(update["g"], json({1, 2}));
    EXPECT_EQ(update["v"], json({21.4, "open"}));
    EXPECT_EQ(update["o"], json({0, 0}));
}

TEST_F(LiveHubTest, ThenGivesOnlyWhatIsNewer)
{
    hear(1, 1.0);
    hear(2, 2.0);
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.forget();

    hear(1, 1.0);  // heard, unchanged
    hear(3, 3.0);
    pass(600, {&viewer});

    const auto updates = viewer.take("d");
    ASSERT_EQ(updates.size(), 1U);
    EXPECT_EQ(updates[0]["from"], 2);
    EXPECT_EQ(updates[0]["g"], json({3}));
    EXPECT_EQ(updates[0]["v"], json({3.0}));
    EXPECT_EQ(updates[0]["u"], json({1}));
    EXPECT_FALSE(updates[0].contains("a"));
}

TEST_F(LiveHubTest, KeepsToTheRateOfEachClient)
{
    Viewer quick(hub, now);
    Viewer slow(hub, now);
    quick.say(R"({"k":"hello","v":1,"rate":100})");
    slow.say(R"({"k":"hello","v":1,"rate":1500})");
    quick.forget();
    slow.forget();

    for (int i = 0; i < 80; ++i) {
        hear(1, double(i));
        pass(50, {&quick, &slow});
    }

    EXPECT_THAT(quick.take("d").size(), testing::AllOf(testing::Ge(39U), testing::Le(41U)));
    EXPECT_EQ(slow.take("d").size(), 2U);
}

TEST_F(LiveHubTest, EncodesOnceForClientsInStep)
{
    hear(1, 1.0);
    Viewer first(hub, now);
    Viewer second(hub, now);
    Viewer other(hub, now);
    first.say(R"({"k":"hello","v":1,"sub":{"match":["plant/#","cellar/+"]}})");
    second.say(R"({"k":"hello","v":1,"sub":{"match":["cellar/+","plant/#"]}})");
    other.say(R"({"k":"hello","v":1,"sub":{"ids":[1]}})");
    const auto before = hub.frames_encoded();
    for (auto* viewer : {&first, &second, &other}) viewer->forget();

    hear(1, 2.0);
    pass(500, {&first, &second, &other});

    EXPECT_EQ(hub.frames_encoded(), before + 2);
    ASSERT_FALSE(first.frames().empty());
    EXPECT_EQ(first.frames()[0], second.frames()[0]);  // the same object
    EXPECT_NE(first.frames()[0], other.frames()[0]);
}

TEST_F(LiveHubTest, CountsHowLongAReadingTookToItsFrameOnceForAllWhoShareIt)
{
    hear(1, 1.0);
    Viewer first(hub, now);
    Viewer second(hub, now);
    for (auto* viewer : {&first, &second}) viewer->say(R"({"k":"hello","v":1,"sub":{"ids":[1]}})");
    pass(500, {&first, &second});
    const auto before = hub.facts();

    hear(1, 2.0);
    pass(500, {&first, &second});

    const auto after = hub.facts();
    EXPECT_EQ(after.reached.count, before.reached.count + 1);
    EXPECT_NEAR(after.reached.seconds - before.reached.seconds, 0.5, 0.001);
    EXPECT_GE(after.written.count, before.written.count + 2);
}

TEST_F(LiveHubTest, ResumesWhereAClientLeftOff)
{
    hear(1, 1.0);
    hear(2, 2.0);
    {
        Viewer viewer(hub, now);
        viewer.say(hello);
        EXPECT_EQ(viewer.take("d").at(0)["seq"], 2);
    }
    hear(2, 5.0);
    now.wall_ms += 60'000;
    now.boot_ms += 60'000;

    Viewer again(hub, now);
    again.say(R"({"k":"hello","v":1,"epoch":"b7c1","seq":2})");

    ASSERT_GE(again.frames().size(), 2U);
    const auto welcome = json::parse(*again.frames()[0]);
    EXPECT_EQ(welcome["resume"], true);
    EXPECT_EQ(welcome["seq"], 2);
    const auto update = json::parse(*again.frames()[1]);
    EXPECT_EQ(update["from"], 2);
    EXPECT_EQ(update["g"], json({2}));
    EXPECT_EQ(update["a"], json({60'000}));  // it was heard long before: never to be taken for fresh
    const auto states = again.take("st");
    ASSERT_EQ(states.size(), 1U);  // how fresh each series is now
    EXPECT_EQ(states[0]["g"], json({1, 1}));
}

TEST_F(LiveHubTest, StartsAnewForAClientOfAnotherRun)
{
    hear(1, 1.0);
    for (const auto* text : {R"({"k":"hello","v":1,"epoch":"ffff","seq":1})",
                             R"({"k":"hello","v":1,"epoch":"b7c1","seq":99})"}) {
        Viewer viewer(hub, now);
        viewer.say(text);
        EXPECT_EQ(json::parse(*viewer.frames().at(0))["resume"], false) << text;
        EXPECT_EQ(json::parse(*viewer.frames().at(1))["from"], 0) << text;
    }
}

TEST_F(LiveHubTest, TellsAResumedClientOfNothingWhenNothingIsNewer)
{
    hear(1, 1.0);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"epoch":"b7c1","seq":1})");
    EXPECT_TRUE(viewer.take("d").empty());
}

TEST_F(LiveHubTest, SaysFullEvenWhenThereIsNothingYet)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    const auto updates = viewer.take("d");
    ASSERT_EQ(updates.size(), 1U);
    EXPECT_EQ(updates[0]["g"], json::array());
}

TEST_F(LiveHubTest, GivesASlowClientFewerAndLargerSteps)
{
    Viewer viewer(hub, now);
    viewer.say(hello);
    viewer.forget();
    viewer.fill_socket();

    for (int i = 0; i < 100; ++i) {
        hear(1, double(i));
        hear(2, double(-i));
        pass(100, {&viewer});
    }
    EXPECT_EQ(viewer.frames().size(), 1U);  // one in flight, nothing behind it
    viewer.forget();
    viewer.drain_socket();

    const auto updates = viewer.take("d");
    ASSERT_EQ(updates.size(), 1U);
    EXPECT_EQ(updates[0]["v"], json({99.0, -99.0}));
    EXPECT_TRUE(updates[0].contains("a"));
}

TEST_F(LiveHubTest, ConvergesHoweverASocketBehaves)
{
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"rate":100})");
    std::map<int, json> seen;
    json last_seq = 0;
    std::uint32_t random = 12345;
    const auto chance = [&random](std::uint32_t of) {
        random = random * 1664525U + 1013904223U;
        return (random >> 16U) % of;
    };
    for (int i = 0; i < 2000; ++i) {
        hear(1 + chance(3), double(chance(50)));
        if (chance(4) == 0) viewer.fill_socket();
        if (chance(3) == 0) viewer.drain_socket();
        pass(50, {&viewer});
        for (const auto& update : viewer.take("d")) {
            if (update["from"] != 0) {
                ASSERT_EQ(update["from"], last_seq);
            }
            last_seq = update["seq"];
            int id = 0;
            for (std::size_t n = 0; n < update["g"].size(); ++n) {
                id += update["g"][n].get<int>();
                seen[id] = update["v"][n];
            }
        }
    }
    viewer.drain_socket();
    pass(200, {&viewer});
    for (const auto& update : viewer.take("d")) {
        int id = 0;
        for (std::size_t n = 0; n < update["g"].size(); ++n)
            seen[id += update["g"][n].get<int>()] = update["v"][n];
    }
    for (const auto& latest : table.all()) {
        EXPECT_EQ(seen[int(latest.series)], std::get<double>(latest.value)) << latest.series;
    }
}

}  // namespace
}  // namespace tidegate::web
