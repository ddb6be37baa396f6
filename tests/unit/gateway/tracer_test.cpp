#include "gateway/tracer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::gateway {
namespace {

using nlohmann::json;
using testing::ElementsAre;

std::vector<std::string> stages_of(const json& trace)
{
    std::vector<std::string> names;
    for (const auto& stage : trace["stages"]) names.push_back(stage["stage"]);
    return names;
}

struct TracerTest : testing::Test {
    json now() { return json::parse(tracer.json()); }
    void take(std::string_view topic = "plant/a")
    {
        ASSERT_TRUE(tracer.claims({.topic = topic, .payload = "21.5", .arrived_ms = 1'764'000'000'000}));
        Decoded decoded;
        decoded.decoder = "scalar";
        decoded.fields.push_back({"", 21.5});
        tracer.decoded(decoded);
        tracer.ruled({reading}, "1 of 1 readings go on");
        tracer.shown();
        tracer.handed_over({7, 100});
    }

    const store::Reading reading{3, 1'764'000'000'000, 21.5, 0};
    Tracer tracer;
};

TEST_F(TracerTest, WaitsForNothingWhileNobodyAsks)
{
    EXPECT_FALSE(tracer.waits());
    EXPECT_EQ(tracer.json(), "");
    EXPECT_FALSE(tracer.tap().on());
}

TEST_F(TracerTest, FollowsTheFirstMessageThatMatchesToTheAcknowledgementOfEachUpstream)
{
    const auto id = tracer.begin("plant/+", 60, {"cloud", "archive"}).value();
    EXPECT_TRUE(tracer.waits());
    EXPECT_FALSE(tracer.claims({.topic = "other", .payload = ""}));
    EXPECT_EQ(now()["state"], "waiting");
    take();
    EXPECT_FALSE(tracer.waits()) << "the next ones cost nothing";
    EXPECT_FALSE(tracer.claims({.topic = "plant/b", .payload = ""}));

    tracer.committed({7, 99});
    EXPECT_EQ(now()["state"], "following") << "that was before it";
    tracer.committed({7, 120});
    std::string named;
    const std::vector<store::Record> records{{40, {2, 1, 1.0}}, {41, reading}};
    EXPECT_THAT(tracer.tap().find(records, named), ElementsAre(41));
    EXPECT_EQ(named, id);
    tracer.tap().saw({"cloud", 1, {41}, 1000, 2000, true, ""});
    EXPECT_EQ(now()["unacknowledged"], json({"archive"}));
    tracer.tap().saw({"archive", 1, {41}, 1000, 2000, false, "it is away"});
    EXPECT_EQ(now()["state"], "following");
    tracer.tap().saw({"archive", 1, {41}, 3000, 4000, true, ""});

    const auto trace = now();
    EXPECT_EQ(trace["state"], "done");
    EXPECT_EQ(trace["topic"], "plant/a");
    EXPECT_EQ(trace["id"], id);
    EXPECT_THAT(stages_of(trace),
                ElementsAre("arrived", "taken", "decoded", "rules", "live", "handed over", "committed",
                            "sent", "acknowledged", "sent", "not taken", "sent", "acknowledged"));
    EXPECT_FALSE(tracer.tap().on()) << "the forwarders look at nothing any more";
}

TEST_F(TracerTest, EndsWithAMessageThatIsRejectedAndSaysWhy)
{
    ASSERT_TRUE(tracer.begin("#", 60, {"cloud"}));
    ASSERT_TRUE(tracer.claims({.topic = "a", .payload = ""}));
    tracer.decoded(rejected(store::Reject::empty, "there is nothing in it"));
    EXPECT_EQ(now()["state"], "done");
    EXPECT_EQ(now()["stages"].back()["what"], "empty: there is nothing in it");
}

TEST_F(TracerTest, FollowsOneAtATimeAndRefusesWhatIsNoFilter)
{
    EXPECT_EQ(tracer.begin("a#", 60, {}).error().kind, ErrorKind::invalid);
    ASSERT_TRUE(tracer.begin("#", 60, {}));
    EXPECT_EQ(tracer.begin("#", 60, {}).error().kind, ErrorKind::full);
    take();
    tracer.committed({7, 100});
    EXPECT_EQ(now()["state"], "done") << "there is no upstream";
    EXPECT_TRUE(tracer.begin("#", 60, {}));
}

TEST_F(TracerTest, GivesUpWhenItsTimeIsOver)
{
    ASSERT_TRUE(tracer.begin("#", 0, {"cloud"}));
    tracer.look();
    EXPECT_EQ(now()["state"], "timed_out");
    EXPECT_FALSE(tracer.waits());
    EXPECT_FALSE(tracer.claims({.topic = "a", .payload = ""}));
}

}  // namespace
}  // namespace tidegate::gateway
