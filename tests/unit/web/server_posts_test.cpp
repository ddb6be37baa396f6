#include "unit/web/server_fixture.hpp"

namespace tidegate::web {
namespace {

using nlohmann::json;
using Outcome = PostResult::Outcome;

struct PostTest : ServerTest {
    tests::Answer post(const std::string& target, const std::string& body, const std::string& fields = "")
    {
        auto& http = client();
        http.send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        return http.answer();
    }
    void answer(Outcome outcome, std::string why = "")
    {
        PostResult result;
        result.outcome = outcome;
        result.taken = 3;
        result.why = std::move(why);
        ask([&] { return post_answer = result; });
    }
    Post last()
    {
        return ask([this] { return posts.back(); });
    }

    const std::string as_json = "Content-Type: application/json\r\n";
};

TEST_F(PostTest, HandsOverWhatIsAskedAndAnswersWhatBecameOfIt)
{
    answer(Outcome::committed);
    const auto readings = post("/api/v1/readings", "[]", as_json);
    EXPECT_EQ(readings.status, 202U);
    EXPECT_EQ(json::parse(readings.body), json({{"accepted", 3}}));
    EXPECT_EQ(last().form, Post::Form::readings);
    EXPECT_EQ(last().body, "[]");

    EXPECT_EQ(post("/write?db=telegraf/autogen&precision=ms", "a v=1").status, 204U);
    EXPECT_EQ(last().form, Post::Form::lines);
    EXPECT_EQ(last().topic, "influx/telegraf/autogen");
    EXPECT_EQ(last().unit_ns, 1'000'000);
    EXPECT_FALSE(last().packed);

    EXPECT_EQ(post("/api/v2/write?bucket=b&org=o", "x", "Content-Encoding: gzip\r\n").status, 204U);
    EXPECT_EQ(last().topic, "influx/b");
    EXPECT_EQ(last().unit_ns, 1);
    EXPECT_TRUE(last().packed);
}

TEST_F(PostTest, SaysInTheWordsOfEachProtocolWhatIsWrong)
{
    answer(Outcome::partly, "partial write: x\ny dropped=1");
    const auto influx1 = post("/write?db=a", "x");
    EXPECT_EQ(influx1.status, 400U);
    EXPECT_EQ(json::parse(influx1.body)["error"], "partial write: x\ny dropped=1");
    EXPECT_EQ(influx1.field("X-Influxdb-Error"), "partial write: x?y dropped=1");
    const auto influx2 = post("/api/v2/write?bucket=a", "x");
    EXPECT_EQ(influx2.status, 400U);
    EXPECT_EQ(json::parse(influx2.body)["code"], "invalid");
    answer(Outcome::invalid, "entry 1: no");
    const auto readings = post("/api/v1/readings", "x", as_json);
    EXPECT_EQ(readings.status, 400U);
    EXPECT_EQ(json::parse(readings.body)["detail"], "entry 1: no");
    answer(Outcome::too_large, "large");
    EXPECT_EQ(post("/api/v2/write?bucket=a", "x").status, 413U);
}

TEST_F(PostTest, AsksToComeAgainUnderPressure)
{
    for (const auto outcome : {Outcome::pressed, Outcome::overdue}) {
        answer(outcome, "busy");
        for (const auto* target : {"/write?db=a", "/api/v2/write?bucket=a", "/api/v1/readings"}) {
            const auto busy = post(target, "x", as_json);
            EXPECT_EQ(busy.status, 503U) << target;
            EXPECT_EQ(busy.field("Retry-After"), "2") << target;
        }
    }
}

TEST_F(PostTest, TakesLargerBodiesThanOtherRoutesAndNoLargerOnes)
{
    answer(Outcome::committed);
    const std::string large(1024 * 1024, 'x');
    EXPECT_EQ(post("/write?db=a", large).status, 204U);
    EXPECT_EQ(last().body.size(), large.size());
    EXPECT_EQ(post("/write?db=a", large + "x").status, 413U);
    EXPECT_EQ(post("/api/v1/commands", large, as_json).status, 413U);
    auto& http = client();  // which says no length
    http.send("POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + as_json +
              "Transfer-Encoding: chunked\r\n\r\n11000\r\n" + std::string(0x11000, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(http.answer().status, 413U);
}

TEST_F(PostTest, AsksForJsonAndForADatabase)
{
    answer(Outcome::committed);
    EXPECT_EQ(post("/api/v1/readings", "[]").status, 415U);
    EXPECT_EQ(post("/api/v1/readings", "[]", "Content-Type: text/plain\r\n").status, 415U);
    for (const auto* target : {"/write", "/write?db=", "/write?db=a%23", "/write?db=%FF",
                               "/api/v2/write?db=a", "/api/v2/write?bucket=a&precision=weeks"})
        EXPECT_EQ(post(target, "a v=1").status, 400U) << target;
    EXPECT_EQ(client().get("/write?db=a").status, 405U);
    EXPECT_EQ(post("/write?db=a", "a v=1", "Origin: http://evil.example\r\n").status, 403U);
    EXPECT_TRUE(ask([this] { return posts.empty(); }));
}

// Neither the web thread nor the pool waits with a client whose commit does not come.
TEST_F(PostTest, KeepsAnsweringOthersWhileManyWait)
{
    for (int i = 0; i < 40; ++i)
        client().send("POST /write?db=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\na v=1");
    ASSERT_TRUE(tests::wait_until([&] { return ask([this] { return posts.size(); }) == 40U; }));
    EXPECT_EQ(client().get("/healthz").status, 200U);
    EXPECT_EQ(client().get("/api/v1/series").status, 200U);
    clients.clear();  // and they leave without their answer
    EXPECT_TRUE(tests::wait_until([&] { return client().get("/healthz").status == 200U; }));
}

TEST_F(PostTest, SaysInTheWordsOfEachProtocolThatATopicMayNotBeWrittenTo)
{
    answer(Outcome::denied, "the topic \"a\" is beyond");
    const auto readings = post("/api/v1/readings", "[]", as_json);
    EXPECT_EQ(readings.status, 403U);
    EXPECT_EQ(readings.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(json::parse(readings.body)["detail"], "the topic \"a\" is beyond");
    EXPECT_EQ(post("/write?db=a", "x").status, 403U);
    const auto influx2 = post("/api/v2/write?bucket=a", "x");
    EXPECT_EQ(influx2.status, 403U);
    EXPECT_EQ(json::parse(influx2.body)["code"], "forbidden");
}

// Also what others than the posts' own code refuse: of the body, of the method, of where it comes from.
TEST_F(PostTest, RefusesInTheWordsOfEachProtocolWhateverItIs)
{
    const std::string large(1024 * 1024 + 1, 'x');
    struct Refused {
        std::string body, fields;
        unsigned status;
        const char* code;
    };
    for (const auto& one : {Refused{large, "", 413, "request too large"},
                            Refused{"a v=1", "Content-Encoding: br\r\n", 415, "unsupported media type"},
                            Refused{"a v=1", "Origin: http://evil.example\r\n", 403, "forbidden"},
                            Refused{"a v=1", "Expect: 200-ok\r\n", 417, "invalid"}}) {
        const auto influx1 = post("/write?db=a", one.body, one.fields);
        EXPECT_EQ(influx1.status, one.status);
        EXPECT_EQ(influx1.field("Content-Type"), "application/json") << one.status;
        EXPECT_TRUE(json::parse(influx1.body)["error"].is_string()) << influx1.body;
        EXPECT_EQ(influx1.field("X-Influxdb-Error"), json::parse(influx1.body)["error"]);
        const auto influx2 = post("/api/v2/write?bucket=a", one.body, one.fields);
        EXPECT_EQ(influx2.status, one.status);
        EXPECT_EQ(json::parse(influx2.body)["code"], one.code);
        EXPECT_EQ(post("/api/v1/readings", one.body, as_json + one.fields).field("Content-Type"),
                  "application/problem+json");
    }
    EXPECT_EQ(json::parse(client().get("/api/v2/write").body)["code"], "method not allowed");
}

}  // namespace
}  // namespace tidegate::web
