#include "base/clock.hpp"
#include "unit/web/server_fixture.hpp"

namespace tidegate::web {
namespace {

using nlohmann::json;

// The next message of a kind; others are passed over. Null when the connection ended first.
json next(tests::RawClient& live, const std::string& kind)
{
    for (;;) {
        const auto message = live.message();
        if (message.opcode != 1) return nullptr;
        auto parsed = json::parse(message.payload);
        if (parsed["k"] == kind) return parsed;
    }
}

TEST_F(ServerTest, NegotiatesTheLiveProtocol)
{
    const auto answer = client().upgrade(
        "Sec-WebSocket-Protocol: other, tidegate.v1.json\r\nSec-WebSocket-Extensions: "
        "permessage-deflate\r\n");
    EXPECT_EQ(answer.status, 101U);
    EXPECT_EQ(answer.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(answer.field("Sec-WebSocket-Protocol"), "tidegate.v1.json");
    EXPECT_NE(answer.field("Sec-WebSocket-Extensions").find("permessage-deflate"), std::string::npos);
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.field("Server"), "tidegate") << "not what it is made of";
}

struct Offer {
    const char* offered;
    unsigned status;
};

TEST_F(ServerTest, SpeaksOneVersionOfTheLiveProtocolAndSaysSoToWhoKnowsOthersOnly)
{
    for (const auto& [offered, status] :
         {Offer{"", 101}, Offer{"tidegate.v1.json", 101}, Offer{"tidegate.v2.json, tidegate.v1.json", 101},
          Offer{"tidegate.v2.json", 400}, Offer{"mqtt", 400}}) {
        const std::string field =
            *offered == '\0' ? "" : std::string("Sec-WebSocket-Protocol: ") + offered + "\r\n";
        const auto answer = client().upgrade(field);
        EXPECT_EQ(answer.status, status) << offered;
        if (status == 400) {
            EXPECT_NE(answer.body.find("tidegate.v1.json"), std::string::npos) << answer.body;
        }
    }
}

TEST_F(ServerTest, SaysWithNamesAndWithValuesOfWhichRunTheyAre)
{
    (void)series("plant/a");
    auto& live = client();
    ASSERT_EQ(live.upgrade().status, 101U);
    live.send_text(R"({"k":"hello","v":1,"sub":{"ids":[1]}})");
    const auto welcome = next(live, "welcome");
    const auto listed = json::parse(client().get("/api/v1/series").body);
    EXPECT_EQ(listed["run"], welcome["run"]);
    EXPECT_FALSE(welcome["run"].get<std::string>().empty());
    for (const auto* target : {"/api/v1/series", "/api/v1/history?series=1", "/api/v1/gateway"})
        EXPECT_EQ(client().get(target).field("Tidegate-Run"), welcome["run"]) << target;
}

TEST_F(ServerTest, CompressesAsLongAsTheMemoryForItLastsAndSpeaksOnWithoutIt)
{
    stop();
    clients.clear();
    io.restart();
    ServerOptions options;
    options.live_compression = 2UL * 48 * 1024;
    start(options);
    const auto deflated = [](const tests::Answer& answer) {
        return answer.field("Sec-WebSocket-Extensions").find("permessage-deflate") != std::string::npos;
    };
    const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    EXPECT_TRUE(deflated(client().upgrade(offer)));
    EXPECT_FALSE(deflated(client().upgrade()));  // it did not ask, and takes none of it
    auto& second = client();
    EXPECT_TRUE(deflated(second.upgrade(offer)));
    auto& third = client();
    EXPECT_FALSE(deflated(third.upgrade(offer)));
    third.send_text(R"({"k":"hello","v":1})");
    EXPECT_FALSE(next(third, "welcome").is_null());
    clients.erase(clients.begin());  // it gives back what it had
    EXPECT_TRUE(tests::wait_until([&] { return deflated(client().upgrade(offer)); }));
}

TEST_F(ServerTest, FollowsValuesAsTheyChangeAndResumesAfterABreak)
{
    const auto first = series("plant/a");
    const auto second = series("plant/b");
    hear(first, 21.4, wall_ms());
    hear(second, (std::int64_t{1} << 53) + 1, wall_ms());
    auto* live = &client();
    ASSERT_EQ(live->upgrade("Sec-WebSocket-Protocol: tidegate.v1.json\r\n").status, 101U);

    live->send_text(R"({"k":"hello","v":1,"rate":100,"sub":{"match":["plant/#"]}})");
    const auto welcome = next(*live, "welcome");
    EXPECT_EQ(welcome["gateway"], "pi-test");
    EXPECT_EQ(welcome["build"], "0.0.1");
    EXPECT_EQ(welcome["rate"], 100);
    EXPECT_EQ(welcome["resume"], false);
    const auto full = next(*live, "d");
    EXPECT_EQ(full["from"], 0);
    EXPECT_EQ(full["g"], json({1, 1}));
    EXPECT_EQ(full["v"], json::parse(R"([21.4,{"i":"9007199254740993"}])"));
    EXPECT_EQ(full["a"].size(), 2U);

    hear(first, 22.5, wall_ms());
    const auto delta = next(*live, "d");
    EXPECT_EQ(delta["from"], full["seq"]);
    EXPECT_EQ(delta["g"], json({first}));
    EXPECT_EQ(delta["v"], json({22.5}));

    clients.clear();
    hear(second, std::string("open"), wall_ms());
    live = &client();
    ASSERT_EQ(live->upgrade().status, 101U);
    json hello{{"k", "hello"}, {"v", 1}, {"epoch", welcome["epoch"]}, {"seq", delta["seq"]}};
    hello["sub"] = {{"match", {"plant/#"}}};
    live->send_text(hello.dump());
    EXPECT_EQ(next(*live, "welcome")["resume"], true);
    const auto resumed = next(*live, "d");
    EXPECT_EQ(resumed["from"], delta["seq"]);
    EXPECT_EQ(resumed["g"], json({second}));
    EXPECT_EQ(resumed["v"], json({"open"}));
}

TEST_F(ServerTest, SendsTheGatewaysStateEachSecondAndNewSeriesAtOnce)
{
    auto& live = client();
    live.upgrade();
    live.send_text(R"({"k":"hello","v":1})");
    EXPECT_EQ(next(live, "gw")["gateway"], "pi-test");
    series("plant/new");
    EXPECT_EQ(next(live, "cat")["rev"], 1);
    live.send_text(R"({"k":"h"})");
    EXPECT_TRUE(next(live, "h").contains("t"));
}

TEST_F(ServerTest, AnswersAPing)
{
    auto& live = client();
    live.upgrade();
    live.send_frame(0x89, "are you there");
    const auto pong = live.message();
    EXPECT_EQ(pong.opcode, 10U);
    EXPECT_EQ(pong.payload, "are you there");
}

TEST_F(ServerTest, TakesACloseInGoodOrder)
{
    auto& live = client();
    live.upgrade();
    live.send_text(R"({"k":"hello","v":1})");
    ASSERT_FALSE(next(live, "welcome").is_null());
    live.send_frame(0x88, std::string("\x03\xE8", 2));
    tests::WsMessage last;
    for (auto message = live.message(); message.opcode != 0; message = live.message()) last = message;
    EXPECT_EQ(last.close_code(), 1000U);
}

TEST_F(ServerTest, SaysByeToLiveClientsWhenItStops)
{
    auto& live = client();
    live.upgrade();
    live.send_text(R"({"k":"hello","v":1})");
    ASSERT_FALSE(next(live, "welcome").is_null());
    std::thread stopper([this] { stop(); });
    EXPECT_EQ(next(live, "bye")["why"], "restart");
    const auto close = live.message();
    EXPECT_EQ(close.close_code(), 1001U);
    live.send_frame(0x88, close.payload);
    clients.clear();
    stopper.join();
}

// Nobody calls stop(): what hangs is destroyed with io, before what it refers to.
TEST_F(ServerTest, SurvivesTheEndOfItsLoopWithClientsConnected)
{
    for (int i = 0; i < 3; ++i) {
        auto& live = client();
        live.upgrade();
        live.send_text(R"({"k":"hello","v":1})");
        ASSERT_FALSE(next(live, "welcome").is_null());
    }
    client().get("/healthz");
    io.stop();
    thread.join();
    SUCCEED();
}

}  // namespace
}  // namespace tidegate::web
