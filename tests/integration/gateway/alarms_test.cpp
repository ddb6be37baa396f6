// Alarms from a device at a real broker to the book, the API and an upstream; and over kills.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

struct AlarmsTest : testing::Test {
    static std::string configured(const std::string& hold)
    {
        return "[[alarm]]\nname = \"warm\"\ntopic = \"plant/#\"\nabove = 30\nclear = 28\nhold = \"" + hold +
               "\"\nseverity = \"critical\"\n[[alarm]]\nname = \"silent\"\ntopic = \"plant/quiet\"\nstale = "
               "\"2s\"\n";
    }
    void SetUp() override
    {
        ASSERT_TRUE(wait_until([&] { return is_connected(); }, 30s)) << gateway.log();
    }
    bool is_connected() const { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }
    void restart()
    {
        gateway.kill();
        gateway.start();
        ASSERT_TRUE(wait_until([&] { return is_connected(); }, 30s)) << gateway.log();
    }
    json on(const std::string& name) const
    {
        auto all = gateway.json("/api/v1/alarms")["alarms"];
        json found = json::array();
        for (const auto& one : all)
            if (one["alarm"] == name) found.push_back(one);
        return found;
    }
    json history() const { return gateway.json("/api/v1/alarms?state=history")["alarms"]; }
    bool becomes_on(const std::string& name, std::size_t count) const
    {
        return wait_until([&] { return on(name).size() == count; }, 20s);
    }
    // What history has of the alarm's own series.
    std::vector<bool> kept(const std::string& field) const
    {
        std::vector<bool> values;
        const auto listed = gateway.json("/api/v1/series?topic=plant/%23");
        for (const auto& series : listed.at("series")) {
            if (series["field"] != field) continue;
            const auto id = series["id"].dump();
            const auto answer = gateway.json("/api/v1/history?series=" + id + "&from=0&points=1000");
            for (const auto& value : answer["series"][0]["v"]) values.push_back(value.get<bool>());
        }
        return values;
    }
    bool history_has(const std::vector<bool>& values, const std::string& field = "@alarm/warm") const
    {
        return wait_until([&] { return kept(field) == values; }, 20s);
    }

    Broker site;
    Gateway gateway{site.url(), "", configured("0ms")};
};

TEST_F(AlarmsTest, AreRaisedAcknowledgedAndCleared)
{
    site.publish("plant/oven", "29");
    site.publish("plant/oven", "31.5");
    ASSERT_TRUE(becomes_on("warm", 1)) << gateway.log();
    const auto alarm = on("warm")[0];
    EXPECT_EQ(alarm["state"], "open");
    EXPECT_EQ(alarm["value"], 31.5);
    EXPECT_THAT(gateway.get("/metrics"), HasSubstr("tidegate_alarms{state=\"open\"} 1"));
    EXPECT_EQ(gateway.json("/api/v1/gateway")["alarms"]["critical"], 1);

    const auto posted = gateway.post_json("/api/v1/alarms/" + alarm["id"].dump() + "/acknowledge",
                                          {{"by", "Ann"}, {"note", "on my way"}});
    EXPECT_EQ(posted.status, 200) << posted.body;
    EXPECT_EQ(on("warm")[0]["state"], "acknowledged");

    site.publish("plant/oven", "29");  // not yet
    site.publish("plant/oven", "27");
    ASSERT_TRUE(becomes_on("warm", 0));
    EXPECT_EQ(history()[0]["by"], "Ann");
    EXPECT_TRUE(history_has({true, false})) << gateway.log();
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
}

TEST_F(AlarmsTest, OutliveAKillWithTheirAcknowledgementAndAreNotRaisedAgain)
{
    site.publish("plant/oven", "31");
    ASSERT_TRUE(becomes_on("warm", 1)) << gateway.log();
    const auto before = on("warm")[0];
    gateway.post_json("/api/v1/alarms/" + before["id"].dump() + "/acknowledge", {{"by", "Ann"}});
    restart();

    ASSERT_TRUE(becomes_on("warm", 1));
    EXPECT_EQ(on("warm")[0]["id"], before["id"]);
    EXPECT_EQ(on("warm")[0]["by"], "Ann");
    site.publish("plant/oven", "32");
    restart();
    site.publish("plant/oven", "20");
    ASSERT_TRUE(becomes_on("warm", 0)) << gateway.log();
    EXPECT_EQ(history().size(), 1);
    EXPECT_TRUE(history_has({true, false}));
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
}

TEST_F(AlarmsTest, KilledWhileTheyComeAndGoAreEnteredOnceEach)
{
    int raised = 0;
    for (int round = 0; round < 3; ++round) {
        site.publish("plant/oven" + std::to_string(round), "31");
        ++raised;
        gateway.kill();  // at any moment: before the commit, or behind it
        gateway.start();
        ASSERT_TRUE(becomes_on("warm", static_cast<std::size_t>(raised))) << gateway.log();
    }
    for (int round = 0; round < 3; ++round) site.publish("plant/oven" + std::to_string(round), "20");
    ASSERT_TRUE(becomes_on("warm", 0)) << gateway.log();
    EXPECT_EQ(history().size(), 3);
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
}

TEST(AlarmsAndRetained, AreNotRaisedByWhatTheBrokerHadKept)
{
    const Broker site;
    site.publish("plant/old", "99", {"-r"});
    const Gateway gateway(site.url(), "", AlarmsTest::configured("0ms"));
    ASSERT_TRUE(wait_until(
        [&] { return gateway.json("/api/v1/series?topic=plant/old")["series"].size() == 1; }, 30s));
    site.publish("plant/oven", "31");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/alarms")["alarms"].size() == 1; }, 20s))
        << gateway.log();
    EXPECT_EQ(gateway.json("/api/v1/alarms")["alarms"][0]["topic"], "plant/oven");
}

TEST_F(AlarmsTest, TellOfADeviceThatIsSilent)
{
    site.publish("plant/quiet", "1");
    ASSERT_TRUE(becomes_on("silent", 1)) << gateway.log();
    EXPECT_GE(on("silent")[0]["value"].get<int>(), 2) << "seconds";
    site.publish("plant/quiet", "1");
    EXPECT_TRUE(wait_until([&] { return !history().empty(); }, 20s)) << gateway.log();
}

TEST(AlarmsWithHold, WaitUntilTheConditionHasHeld)
{
    const Broker site;
    const Gateway gateway(site.url(), "", AlarmsTest::configured("3s"));
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }, 30s));
    site.publish("plant/oven", "31");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/alarms")["alarms"].size() == 1; }, 20s))
        << gateway.log();
    const auto alarm = gateway.json("/api/v1/alarms")["alarms"][0];
    EXPECT_EQ(alarm["raised"].get<std::int64_t>() - alarm["since"].get<std::int64_t>(), 3000);
}

TEST(AlarmsUpstream, GoThereAsReadings)
{
    const Broker site, cloud;
    const Listener up(cloud.port(), "tidegate/test/up");
    const Gateway gateway(site.url(), "",
                          AlarmsTest::configured("0ms") +
                              "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"" + cloud.url() +
                              "\"\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }, 30s));
    site.publish("plant/oven", "31");

    const auto told = [&] {
        const auto lines = up.payloads();
        return std::ranges::any_of(
            lines, [](const auto& line) { return line.find("@alarm/warm") != std::string::npos; });
    };
    EXPECT_TRUE(wait_until(told, 20s)) << gateway.log();
}

}  // namespace
}  // namespace tidegate::tests
