// What the server tells of messages as they came, of the configuration, and of the last day.
#include "unit/web/server_fixture.hpp"

#include <gmock/gmock.h>

namespace tidegate::web {
namespace {

using nlohmann::json;

struct InsightApiTest : ServerTest {
    json got(const std::string& path) { return json::parse(client().get(path).body); }
    tests::Answer post(const std::string& body, const std::string& type)
    {
        auto& http = client();
        http.send("POST /api/v1/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        return http.answer();
    }
};

TEST_F(InsightApiTest, TellsTheLastMessagesOfADevice)
{
    series("tele/kitchen/SENSOR", "/Temperature");
    series("tele/kitchen/STATE", "/Wifi");
    const auto said = got("/api/v1/messages?device=kitchen")["messages"];
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0]["topic"], "tele/kitchen/SENSOR");
    EXPECT_EQ(said[0]["payload"], "21 \u00b0");
    EXPECT_EQ(said[0]["decoder"], "scalar");
    EXPECT_EQ(said[0]["bytes"], 600);
    EXPECT_EQ(got("/api/v1/messages?topic=tele/%2B/STATE")["messages"].size(), 1U);
    EXPECT_TRUE(got("/api/v1/messages?device=nobody")["messages"].empty());
}

TEST_F(InsightApiTest, TellsWhyAMessageWasReadSoAndWhatReadingsItGave)
{
    const auto heard = series("tele/kitchen/SENSOR", "/Temperature");
    series("tele/kitchen/SENSOR", "/Gone");
    store->live().update(std::vector<store::Reading>{{heard, 2000, 21.5, 0}}, 2000);
    const auto said = got("/api/v1/messages?device=kitchen")["messages"];
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0]["chosen"], "rule");
    EXPECT_EQ(said[0]["rule"], "tidegate.toml:12");
    ASSERT_EQ(said[0]["made"].size(), 1U) << "what was not heard since is of an earlier message";
    EXPECT_EQ(said[0]["made"][0]["series"], heard);
    EXPECT_EQ(said[0]["made"][0]["field"], "/Temperature");
    EXPECT_EQ(said[0]["made"][0]["v"], 21.5);
}

TEST_F(InsightApiTest, TellsWhatADeviceCanBeTold)
{
    const auto level = series("tele/kitchen/SENSOR", "/Level");
    const auto all = got("/api/v1/controls")["controls"];
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["kind"], "switch");
    EXPECT_EQ(all[0]["command"], "cmnd/kitchen/POWER");
    EXPECT_EQ(all[0]["values"], json({"ON", "OFF"}));
    EXPECT_TRUE(all[0]["series"].is_null());
    EXPECT_FALSE(all[0].contains("min"));
    EXPECT_EQ(all[1]["series"], level);
    EXPECT_EQ(all[1]["max"], 100);
    EXPECT_EQ(got("/api/v1/controls?device=kitchen")["controls"].size(), 1U);
    EXPECT_TRUE(got("/api/v1/controls?device=nobody")["controls"].empty());
}

TEST_F(InsightApiTest, WantsToKnowOfWhatMessagesAre)
{
    EXPECT_EQ(client().get("/api/v1/messages").status, 400);
    EXPECT_EQ(client().get("/api/v1/messages?topic=a%23b").status, 400);
}

TEST_F(InsightApiTest, TellsWhatWasRejectedWithItsBytesWhereItIsNoText)
{
    const auto said = got("/api/v1/messages/rejected");
    ASSERT_EQ(said["messages"].size(), 1U);
    EXPECT_EQ(said["messages"][0]["payload_hex"], "00ff7b");
    EXPECT_FALSE(said["messages"][0].contains("payload"));
    EXPECT_EQ(said["messages"][0]["reason"], "malformed");
    EXPECT_EQ(said["limited"], json::parse(R"([{"topic":"lab/raw","dropped":318}])"));
}

TEST_F(InsightApiTest, TriesAMessageThatIsSentAsJsonAndByNobodyElsesForm)
{
    const auto answer = post("good", "application/json");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body)["decoder"], "scalar");
    EXPECT_EQ(post("bad", "application/json").status, 400);
    EXPECT_EQ(post("good", "text/plain").status, 415);
}

TEST_F(InsightApiTest, TellsConfigurationAlarmRulesAndTheLastDay)
{
    EXPECT_EQ(got("/api/v1/configuration")["toml"], "[web]\nport = 8080\n");
    EXPECT_EQ(
        got("/api/v1/alarms/rules")["rules"],
        json::parse(R"([{"alarm":"warm","severity":"critical","kind":"above","limit":"-15","clear":-17}])"));
    EXPECT_EQ(got("/api/v1/timeline")["step_ms"], 60'000);
    EXPECT_TRUE(got("/api/v1/timeline")["stopped"].is_array());
    EXPECT_EQ(got("/api/v1/gateway")["commands"]["allow"], json({"cmnd/#"}));
}

}  // namespace
}  // namespace tidegate::web
