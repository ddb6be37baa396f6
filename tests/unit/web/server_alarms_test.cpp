#include "unit/web/server_fixture.hpp"

#include <gmock/gmock.h>

namespace tidegate::web {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct AlarmsApiTest : ServerTest {
    store::Alarm alarm(const std::string& topic, std::int64_t since_ms = 1'764'000'000'000)
    {
        store::Alarm made;
        made.rule = "warm";
        made.series = series(topic);
        made.severity = store::Severity::critical;
        made.kind = "above";
        made.limit = "30";
        made.text = "too <warm>";
        made.value = 31.5;
        made.since_ms = since_ms;
        made.raised_ms = since_ms + 1000;
        return made;
    }
    tests::Answer acknowledge(const std::string& id,
                              const std::string& body,
                              const std::string& fields = "Content-Type: application/json\r\n")
    {
        auto& http = client();
        http.send("POST /api/v1/alarms/" + id + "/acknowledge HTTP/1.1\r\nHost: localhost\r\n" + fields +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        return http.answer();
    }
    json get(const std::string& query = "")
    {
        return json::parse(client().get("/api/v1/alarms" + query).body)["alarms"];
    }
};

TEST_F(AlarmsApiTest, ShowsWhatIsOnWithItsSeries)
{
    EXPECT_EQ(get().size(), 0);
    alarms->put({alarm("a"), alarm("b")}, 0);

    const auto on = get();
    ASSERT_EQ(on.size(), 2);
    EXPECT_EQ(on[0]["topic"], "b") << "the newest first";
    EXPECT_EQ(on[0]["alarm"], "warm");
    EXPECT_EQ(on[0]["state"], "open");
    EXPECT_EQ(on[0]["severity"], "critical");
    EXPECT_EQ(on[0]["device"], "kitchen");
    EXPECT_EQ(on[0]["unit"], "°C");
    EXPECT_EQ(on[0]["value"], 31.5);
    EXPECT_EQ(on[0]["text"], "too <warm>");
    EXPECT_EQ(on[0]["since"], 1'764'000'000'000);
    EXPECT_TRUE(on[0]["cleared"].is_null());
    EXPECT_TRUE(on[0]["acknowledged"].is_null());
}

TEST_F(AlarmsApiTest, TakesAnAcknowledgementWithWhoAndANoteOnce)
{
    alarms->put({alarm("a"), alarm("b")}, 0);
    const auto id = std::to_string(alarms->on().front().id);

    const auto answer = acknowledge(id, R"({"by":"Ann","note":"on my way"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto kept = json::parse(answer.body);
    EXPECT_EQ(kept["state"], "acknowledged");
    EXPECT_EQ(kept["by"], "Ann");
    EXPECT_EQ(kept["note"], "on my way");
    EXPECT_GT(kept["acknowledged"], 0);
    EXPECT_EQ(json::parse(acknowledge(id, R"({"by":"Bob"})").body)["by"], "Ann");
    EXPECT_EQ(get("?state=acknowledged").size(), 1);
    EXPECT_EQ(get("?state=open").size(), 1);
    EXPECT_EQ(get().size(), 2);
}

TEST_F(AlarmsApiTest, RefusesWhatIsNoAcknowledgement)
{
    alarms->put({alarm("a")}, 0);
    const auto id = std::to_string(alarms->on().front().id);
    EXPECT_EQ(acknowledge("999", "{}").status, 404);
    EXPECT_EQ(acknowledge("x", "{}").status, 404);
    for (const auto* bad : {"", "[]", "1", R"({"by":1})", R"({"who":"Ann"})"})
        EXPECT_EQ(acknowledge(id, bad).status, 400) << bad;
    EXPECT_EQ(acknowledge(id, R"({"by":")" + std::string(65, 'x') + "\"}").status, 400);
    EXPECT_EQ(acknowledge(id, "{}", "Content-Type: text/plain\r\n").status, 415);
    EXPECT_EQ(
        acknowledge(id, "{}", "Content-Type: application/json\r\nOrigin: http://evil.example\r\n").status,
        403);
    EXPECT_EQ(get("?state=open").size(), 1);
}

TEST_F(AlarmsApiTest, GivesHistoryInPages)
{
    for (int i = 0; i < 3; ++i) {
        auto made = alarm("a", 1'764'000'000'000 + i);
        made.cleared_ms = made.raised_ms + 5000;
        made.cleared_by = "value";
        alarms->put({made}, 0);
    }
    auto& http = client();
    const auto page = json::parse(http.get("/api/v1/alarms?state=history&limit=2").body);
    ASSERT_EQ(page["alarms"].size(), 2);
    EXPECT_EQ(page["alarms"][0]["state"], "cleared");
    EXPECT_EQ(page["alarms"][0]["cleared_by"], "value");
    const auto rest = json::parse(http.get("/api/v1/alarms?state=history&after=" + page["next"].dump()).body);
    EXPECT_EQ(rest["alarms"].size(), 1);
    EXPECT_TRUE(rest["next"].is_null());
    EXPECT_EQ(http.get("/api/v1/alarms?state=closed").status, 400);
    EXPECT_EQ(http.get("/api/v1/alarms?limit=0").status, 400);
}

}  // namespace
}  // namespace tidegate::web
