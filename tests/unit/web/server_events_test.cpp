#include "base/clock.hpp"
#include "unit/web/server_fixture.hpp"

namespace tidegate::web {
namespace {

using nlohmann::json;

struct Event {
    std::string id, name;
    json data;
};

struct EventsTest : ServerTest {
    tests::RawClient& follow(const std::string& query, const std::string& fields = "")
    {
        auto& http = client();
        http.send("GET /api/v1/stream" + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
        head = http.until("\r\n\r\n");
        return http;
    }

    // The next event of this name; others are passed over. Without a name: the connection ended.
    static Event next(tests::RawClient& http, const std::string& name)
    {
        for (;;) {
            const auto text = http.until("\n\n");
            if (!text.ends_with("\n\n")) return {};
            Event event;
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);) {
                if (line.starts_with("id: ")) event.id = line.substr(4);
                if (line.starts_with("event: ")) event.name = line.substr(7);
                if (line.starts_with("data: ")) event.data = json::parse(line.substr(6));
            }
            if (event.name == name) return event;
        }
    }

    std::string head;
};

TEST_F(EventsTest, BeginWithEverythingAndGoOnWithWhatIsNewer)
{
    const auto first = series("plant/a");
    const auto other = series("cellar/a");
    hear(first, 21.4, wall_ms());
    hear(other, 1.0, wall_ms());
    auto& http = follow("?topic=plant/%23&rate=100");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
    const auto welcome = next(http, "welcome");
    EXPECT_EQ(welcome.data["rate"], 100);
    EXPECT_EQ(welcome.data["resume"], false);
    const auto full = next(http, "d");
    EXPECT_EQ(full.data["k"], "d");
    EXPECT_EQ(full.data["from"], 0);
    EXPECT_EQ(full.data["g"], json({first}));
    EXPECT_EQ(full.id, welcome.data["epoch"].get<std::string>() + ":" + full.data["seq"].dump());

    hear(other, 2.0, wall_ms());
    hear(first, 22.5, wall_ms());
    const auto delta = next(http, "d");
    EXPECT_EQ(delta.data["from"], full.data["seq"]);
    EXPECT_EQ(delta.data["v"], json({22.5}));
    EXPECT_FALSE(next(http, "gw").data.is_null());
}

TEST_F(EventsTest, ResumeByTheLastEventId)
{
    const auto id = series("plant/a");
    const auto second = series("plant/b");
    hear(id, 1.0, wall_ms());
    const auto full = next(follow(""), "d");
    clients.clear();
    hear(second, 2.0, wall_ms());
    auto& http = follow("", "Last-Event-ID: " + full.id + "\r\n");
    EXPECT_EQ(next(http, "welcome").data["resume"], true);
    const auto delta = next(http, "d");
    EXPECT_EQ(delta.data["from"], full.data["seq"]);
    EXPECT_EQ(delta.data["g"], json({second}));
}

TEST_F(EventsTest, BeginAnewWhereSomethingElseWasFollowed)
{
    const auto id = series("plant/a");
    const auto other = series("cellar/a");
    hear(id, 1.0, wall_ms());
    hear(other, 2.0, wall_ms());
    const auto full = next(follow("?topic=plant/%23"), "d");
    auto& http = follow("?topic=cellar/%23", "Last-Event-ID: " + full.id + "\r\n");
    EXPECT_EQ(next(http, "welcome").data["resume"], false);
    const auto anew = next(http, "d");
    EXPECT_EQ(anew.data["from"], 0);
    EXPECT_EQ(anew.data["v"], json({2.0}));
    auto& same = follow("?topic=plant/%23", "Last-Event-ID: " + full.id + "\r\n");
    EXPECT_EQ(next(same, "welcome").data["resume"], true);
}

TEST_F(EventsTest, BeginAnewWithAnIdThatIsNone)
{
    hear(series("plant/a"), 1.0, wall_ms());
    const auto epoch = next(follow(""), "welcome").data["epoch"].get<std::string>();
    for (const auto& last : {std::string("-1"), std::string("9223372036854775808"), std::string("text"),
                             std::string(":"), epoch + ":-1", epoch + ":9223372036854775808",
                             epoch + ":99999999999999999999", std::string("other:1")}) {
        auto& http = follow("", "Last-Event-ID: " + last + "\r\n");
        EXPECT_EQ(next(http, "welcome").data["resume"], false) << last;
        EXPECT_EQ(next(http, "d").data["from"], 0) << last;
    }
}

TEST_F(EventsTest, FollowADeviceOrSeriesById)
{
    const auto mine = series("plant/a");  // of the kitchen, as all here
    store->series().add({0, "plant/b", "", "cellar", "", ""});
    hear(mine, 1.0, wall_ms());
    hear(mine + 1, 2.0, wall_ms());
    EXPECT_EQ(next(follow("?device=cellar"), "d").data["g"], json({mine + 1}));
    EXPECT_EQ(next(follow("?series=1,2"), "d").data["g"], json({1, 1}));
    EXPECT_EQ(next(follow("?device=nobody"), "d").data["g"], json::array());
}

TEST_F(EventsTest, RefuseWhatCannotBeFollowed)
{
    for (const auto* query : {"?topic=a%23", "?topic=", "?series=x", "?series=", "?device=", "?rate=0",
                              "?rate=x", "?topic=a&device=b", "?topic=a&topic=b"})
        EXPECT_EQ(client().get(std::string("/api/v1/stream") + query).status, 400U) << query;
    EXPECT_EQ(client().request("POST", "/api/v1/stream", "Content-Length: 0\r\n").status, 405U);
    EXPECT_EQ(client().request("HEAD", "/api/v1/stream").status, 200U);
}

TEST_F(EventsTest, LeaveNothingBehindWhenTheyGo)
{
    for (int i = 0; i < 20; ++i) follow("");
    const auto there = [this] { return ask([this] { return server->live_facts().event_streams; }); };
    EXPECT_TRUE(tests::wait_until([&] { return there() == 20U; }));
    clients.clear();
    EXPECT_TRUE(tests::wait_until([&] { return there() == 0U; }));
}

TEST_F(EventsTest, AreToldByeWhenTheServerStops)
{
    auto& http = follow("");
    ASSERT_EQ(next(http, "welcome").name, "welcome");
    std::thread stopper([this] { stop(); });
    EXPECT_EQ(next(http, "bye").data["why"], "restart");
    EXPECT_EQ(next(http, "none").name, "");
    stopper.join();
}

TEST_F(EventsTest, BeyondTheMostAreAskedToComeAgain)
{
    stop();
    clients.clear();
    io.restart();
    ServerOptions options;
    options.limits.live.clients = 3;
    start(options);
    for (int i = 0; i < 3; ++i) {
        follow("");
        EXPECT_TRUE(head.starts_with("HTTP/1.1 200")) << head;
    }
    const auto refused = client().get("/api/v1/stream");
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.field("Retry-After"), "5");
}

}  // namespace
}  // namespace tidegate::web
