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
    LiveHub fast(series, table, {"b7c1", "pi", "0.1.0", 8, 20});
    Viewer other(fast, now);
    other.say(R"({"k":"hello","v":1,"rate":1})");
    EXPECT_EQ(other.take("welcome").at(0)["rate"], 20);
}

}  // namespace
}  // namespace tidegate::web
