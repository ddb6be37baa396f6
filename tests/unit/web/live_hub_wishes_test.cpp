#include "unit/web/live_hub_fixture.hpp"

namespace tidegate::web {
namespace {

TEST_F(LiveHubTest, FollowsDevicesByNameAndThoseThatAreCalledSoLater)
{
    hear(1, 1.0);
    hear(2, 2.0);
    hear(3, 3.0);
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"rate":100,"sub":{"devices":["plant/b","well"]}})");
    EXPECT_EQ(viewer.take("d").at(0)["g"], json({2}));

    auto renamed = *series.get(3);
    renamed.device = "well";
    series.update(renamed);
    hub.renamed(1);
    pass(200, {&viewer});
    const auto anew = viewer.take("d");
    ASSERT_EQ(anew.size(), 1U);
    EXPECT_EQ(anew[0]["from"], 0);
    EXPECT_EQ(anew[0]["g"], json({2, 1}));

    hub.renamed(2);  // of others
    hear(3, 4.0);
    pass(200, {&viewer});
    EXPECT_NE(viewer.take("d").at(0)["from"], 0);
}

TEST_F(LiveHubTest, BeginsAnewForWhoAsksByNameForANameMayHaveMovedMeanwhile)
{
    hear(1, 1.0);
    hear(2, 2.0);
    hear(3, 3.0);
    std::uint64_t seq = 0;
    {
        Viewer viewer(hub, now);
        viewer.say(R"({"k":"hello","v":1,"rate":100,"sub":{"devices":["plant/b"]}})");
        seq = viewer.take("d").at(0)["seq"].get<std::uint64_t>();
    }
    auto renamed = *series.get(3);
    renamed.device = "plant/b";
    series.update(renamed);
    hub.renamed(1);
    Viewer again(hub, now);
    again.say(R"({"k":"hello","v":1,"epoch":"b7c1","seq":)" + std::to_string(seq) +
              R"(,"sub":{"devices":["plant/b"]}})");
    const auto anew = again.take("d").at(0);
    EXPECT_EQ(anew["from"], 0);
    EXPECT_EQ(anew["g"], json({2, 1}));
}

TEST_F(LiveHubTest, UpdatesNobodyMoreOftenThanItMay)
{
    Viewer viewer(hub, now);
    viewer.say(R"({"k":"hello","v":1,"rate":20})");
    EXPECT_EQ(viewer.take("welcome").at(0)["rate"], 100);  // LiveHubOptions::fastest
    LiveHub fast(series, table, {"b7c1", "pi", "0.1.0", {8}, 20});
    Viewer other(fast, now);
    other.say(R"({"k":"hello","v":1,"rate":1})");
    EXPECT_EQ(other.take("welcome").at(0)["rate"], 20);
}

struct Resumed {
    const char* what;
    const char* then;  // what it followed
    const char* now;   // what it asks for when it comes back
    bool resumes;
};

// What it was told is of what it followed: of something else it has missed everything.
TEST_F(LiveHubTest, ResumesOnlyWhatWasFollowed)
{
    const auto greeting = [](const std::string& sub, const json& told) {
        json text{{"k", "hello"}, {"v", 1}, {"sub", json::parse(sub)}};
        if (!told.is_null()) text.update(told);
        return text.dump();
    };
    for (const Resumed& one :
         {Resumed{"all", R"({"all":1})", R"({"all":1})", true},
          Resumed{"the same filters", R"({"match":["plant/a","cellar/#"]})",
                  R"({"match":["cellar/#","plant/a"]})", true},
          Resumed{"the same ids", R"({"ids":[3,1]})", R"({"ids":[1,3]})", true},
          Resumed{"more", R"({"match":["plant/a"]})", R"({"all":1})", false},
          Resumed{"less", R"({"all":1})", R"({"match":["plant/a"]})", false},
          Resumed{"other filters", R"({"match":["cellar/#"]})", R"({"match":["plant/a"]})", false},
          Resumed{"ids instead", R"({"match":["plant/#"]})", R"({"ids":[1]})", false}}) {
        hear(1, 1.0);
        hear(3, 3.0);
        json told;
        {
            Viewer viewer(hub, now);
            viewer.say(greeting(one.then, nullptr));
            told = {{"epoch", json::parse(*viewer.frames().at(0))["epoch"]},
                    {"seq", json::parse(*viewer.frames().at(1))["seq"]}};
        }
        Viewer again(hub, now);
        again.say(greeting(one.now, told));
        EXPECT_EQ(json::parse(*again.frames().at(0))["resume"], one.resumes) << one.what;
        if (!one.resumes) {
            EXPECT_EQ(json::parse(*again.frames().at(1))["from"], 0) << one.what;
        }
    }
}

// It changes what it follows, is away, and comes back for what it followed first.
TEST_F(LiveHubTest, GreetsAnewWhoFollowsSomethingElseSoThatNothingIsTakenForTold)
{
    hear(1, 1.0);
    hear(3, 3.0);
    json last;
    {
        Viewer viewer(hub, now);
        viewer.say(R"({"k":"hello","v":1,"sub":{"match":["plant/a"]}})");
        const auto first = json::parse(*viewer.frames().at(0));
        EXPECT_EQ(first["run"], "b7c1");
        viewer.forget();
        viewer.say(R"({"k":"set","sub":{"match":["plant/a"]}})");
        EXPECT_TRUE(viewer.take("welcome").empty()) << "it is the same";

        viewer.say(R"({"k":"set","sub":{"match":["cellar/#"]}})");
        ASSERT_GE(viewer.frames().size(), 2U);
        const auto welcome = json::parse(*viewer.frames()[0]);
        EXPECT_EQ(welcome["k"], "welcome");
        EXPECT_EQ(welcome["resume"], false);
        EXPECT_EQ(welcome["seq"], 0);
        EXPECT_EQ(welcome["run"], "b7c1");
        EXPECT_NE(welcome["epoch"], first["epoch"]);
        EXPECT_EQ(json::parse(*viewer.frames()[1])["from"], 0);
        viewer.forget();
        hear(1, 1.5);  // which it does not follow at this moment
        hear(3, 3.5);
        pass(600, {&viewer});
        last = {{"epoch", welcome["epoch"]}, {"seq", viewer.take("d").at(0)["seq"]}};
    }
    Viewer again(hub, now);
    json text{{"k", "hello"}, {"v", 1}, {"sub", {{"match", {"plant/a"}}}}};
    text.update(last);
    again.say(text.dump());
    EXPECT_EQ(json::parse(*again.frames().at(0))["resume"], false);
    EXPECT_EQ(json::parse(*again.frames().at(1))["v"], json({1.5}));
}

}  // namespace
}  // namespace tidegate::web
