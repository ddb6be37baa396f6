#include "base/clock.hpp"
#include "base/gzip.hpp"
#include "unit/web/server_fixture.hpp"

namespace tidegate::web {
namespace {

using nlohmann::json;

TEST_F(ServerTest, SaysThatItIsWellAndReady)
{
    auto& http = client();
    EXPECT_EQ(http.get("/healthz").body, "ok\n");
    EXPECT_EQ(http.get("/readyz").body, "ready\n");
    EXPECT_EQ(http.get("/metrics").body, "tidegate_series 1\n");
}

TEST_F(ServerTest, CarriesTheSecurityHeadersOnEveryAnswer)
{
    for (const auto* target : {"/", "/healthz", "/api/v1/series", "/api/v1/nothing", "/%zz"}) {
        const auto answer = client().get(target);
        EXPECT_NE(answer.field("Content-Security-Policy").find("default-src 'none'; script-src 'self'"),
                  std::string::npos)
            << target;
        EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff") << target;
        EXPECT_EQ(answer.field("Referrer-Policy"), "no-referrer") << target;
        EXPECT_EQ(answer.field("Cross-Origin-Opener-Policy"), "same-origin") << target;
        EXPECT_EQ(answer.field("Cross-Origin-Resource-Policy"), "same-origin") << target;
    }
}

TEST_F(ServerTest, TellsWhatWasGivenUpTheNewestFirst)
{
    const auto a = series("plant/a");
    const auto b = series("plant/b");
    auto& http = client();
    EXPECT_EQ(json::parse(http.get("/api/v1/gaps").body), json({{"gaps", json::array()}, {"next", nullptr}}));

    store->open_upstream("cloud");
    for (int i = 1; i <= 6; ++i) hear(i % 2 == 1 ? a : b, 1.0 * i, 1'764'000'000'000 + i);
    for (std::uint64_t seq = 1; seq <= 3; ++seq)
        store->refuse(
            "cloud",
            {seq, {seq % 2 == 1 ? a : b, 1'764'000'000'000 + static_cast<std::int64_t>(seq), 1.0, 0}});
    store->acknowledge("cloud", 6, 2);  // 4 is not there any more

    const auto all = json::parse(http.get("/api/v1/gaps").body)["gaps"];
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0]["reason"], "damage");
    EXPECT_EQ(all[0]["from"], nullptr) << "its time is not known";
    EXPECT_EQ(all[0]["series_count"], 0);
    const auto& third = all[1];
    EXPECT_EQ(third["reason"], "refused");
    EXPECT_EQ(third["upstream"], "cloud");
    EXPECT_EQ(third["of"], "readings");
    EXPECT_EQ(third["resolution_ms"], nullptr);
    EXPECT_EQ(third["from"], 1'764'000'000'003);
    EXPECT_EQ(third["count"], 1);
    EXPECT_EQ(third["series_count"], 1);
    EXPECT_FALSE(third.contains("series"));

    const auto of_a = json::parse(http.get("/api/v1/gaps?series=" + std::to_string(a)).body)["gaps"];
    ASSERT_EQ(of_a.size(), 2U);
    EXPECT_EQ(of_a[0]["series"], json({{{"id", a}, {"count", 1}}}));
    const auto early = json::parse(http.get("/api/v1/gaps?from=1&to=1764000000002").body)["gaps"];
    ASSERT_EQ(early.size(), 2U);
    const auto page = json::parse(http.get("/api/v1/gaps?limit=1").body);
    ASSERT_EQ(page["next"], page["gaps"][0]["id"]);
    const auto rest = json::parse(http.get("/api/v1/gaps?after=" + page["next"].dump()).body);
    EXPECT_EQ(rest["gaps"].size(), 3U);
    EXPECT_EQ(rest["next"], nullptr);
}

TEST_F(ServerTest, ListsSeriesWithTheirLatestValues)
{
    const auto id = series("tele/kitchen/SENSOR", "/AM2301/Temperature");
    series("plant/silent");
    const auto now = wall_ms();
    hear(id, 21.4, now);
    auto& http = client();

    const auto all = json::parse(http.get("/api/v1/series").body);
    ASSERT_EQ(all["series"].size(), 2U);
    EXPECT_EQ(all["next"], nullptr);
    const auto& first = all["series"][0];
    EXPECT_EQ(first["topic"], "tele/kitchen/SENSOR");
    EXPECT_EQ(first["field"], "/AM2301/Temperature");
    EXPECT_EQ(first["unit"], "°C");
    EXPECT_EQ(first["type"], "number");
    EXPECT_EQ(first["latest"], json({{"t", now}, {"v", 21.4}, {"retained", false}}));
    EXPECT_EQ(first["stale"], false);
    EXPECT_EQ(all["series"][1]["latest"], nullptr);
    EXPECT_EQ(all["series"][1]["type"], "");

    const auto count = [&](const std::string& query) {
        return json::parse(http.get("/api/v1/series?" + query).body)["series"].size();
    };
    EXPECT_EQ(count("topic=tele%2F%23"), 1U);
    EXPECT_EQ(count("topic=%2B%2Fsilent"), 1U);
    EXPECT_EQ(count("q=am2301"), 1U);
    EXPECT_EQ(count("q=nothing"), 0U);
    EXPECT_EQ(count("device=kitchen"), 2U);
    EXPECT_EQ(count("device=Kitchen"), 0U);
}

TEST_F(ServerTest, ListsSeriesPageByPage)
{
    for (int i = 0; i < 5; ++i) series("plant/" + std::to_string(i));
    auto& http = client();
    std::vector<int> ids;
    std::string after = "0";
    for (int pages = 0; pages < 9 && !after.empty(); ++pages) {
        const auto page = json::parse(http.get("/api/v1/series?limit=2&after=" + after).body);
        for (const auto& one : page["series"]) ids.push_back(one["id"]);
        after = page["next"].is_null() ? "" : page["next"].dump();
    }
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 3, 4, 5}));
}

TEST_F(ServerTest, GivesHistoryRawWhenItFitsAndInBucketsWhenNot)
{
    const auto id = series("plant/level");
    const auto start = wall_ms() / 1000 * 1000 - 100'000;
    for (int i = 0; i < 50; ++i) hear(id, double(i), start + 1000 * i);
    const auto range = "series=1&from=" + std::to_string(start) + "&to=" + std::to_string(start + 50'000);
    auto& http = client();

    const auto raw = json::parse(http.get("/api/v1/history?" + range).body);
    EXPECT_EQ(raw["resolution_ms"], 0);
    EXPECT_EQ(raw["from"], start);
    ASSERT_EQ(raw["series"][0]["v"].size(), 50U);
    EXPECT_EQ(raw["series"][0]["t"][49], start + 49'000);
    EXPECT_EQ(raw["series"][0]["v"][49], 49.0);

    const auto coarse = json::parse(http.get("/api/v1/history?" + range + "&points=10").body);
    EXPECT_GT(coarse["resolution_ms"], 0);
    const auto& buckets = coarse["series"][0];
    EXPECT_LE(buckets["t"].size(), 10U);
    EXPECT_EQ(buckets["min"][0], 0.0);
    EXPECT_EQ(buckets["max"].back(), 49.0);
    int counted = 0;
    for (const auto& n : buckets["count"]) counted += n.get<int>();
    EXPECT_EQ(counted, 50);
}

TEST_F(ServerTest, RefusesParametersOutOfBoundsAndSaysWhich)
{
    series("plant/level");
    struct Case {
        const char* target;
        unsigned status;
    };
    auto& http = client();
    for (const auto& [target, status] :
         std::initializer_list<Case>{{"/api/v1/series?limit=1e9", 400},
                                     {"/api/v1/series?limit=0", 400},
                                     {"/api/v1/series?limit=5001", 400},
                                     {"/api/v1/series?after=-1", 400},
                                     {"/api/v1/series?topic=a%23", 400},
                                     {"/api/v1/history", 400},
                                     {"/api/v1/history?series=x", 400},
                                     {"/api/v1/gaps?series=x", 400},
                                     {"/api/v1/gaps?from=9&to=8", 400},
                                     {"/api/v1/gaps?limit=1001", 400},
                                     {"/api/v1/history?series=7", 404},
                                     {"/api/v1/history?series=1&from=9&to=8", 400},
                                     {"/api/v1/history?series=1&points=0", 400},
                                     {"/api/v1/history?series=1&points=100001", 400},
                                     {"/api/v1/history?series=1,1&points=10001", 400},
                                     {"/api/v1/history?series=1&to=99999999999999999", 400}}) {
        const auto answer = http.get(target);
        EXPECT_EQ(answer.status, status) << target;
        EXPECT_EQ(answer.field("Content-Type"), "application/problem+json") << target;
        EXPECT_FALSE(json::parse(answer.body)["detail"].get<std::string>().empty()) << target;
    }
}

TEST_F(ServerTest, PacksLargeAnswersForWhoeverTakesGzip)
{
    for (int i = 0; i < 50; ++i) series("plant/" + std::to_string(i));
    auto& http = client();
    const auto plain = http.get("/api/v1/series");
    const auto packed = http.get("/api/v1/series", "Accept-Encoding: gzip, deflate\r\n");
    EXPECT_EQ(plain.field("Content-Encoding"), "");
    EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
    EXPECT_LT(packed.body.size() * 4, plain.body.size());
    EXPECT_EQ(*gunzipped(packed.body, 1 << 20), plain.body);
    EXPECT_EQ(http.get("/api/v1/upstreams", "Accept-Encoding: gzip\r\n").field("Content-Encoding"), "");
}

TEST_F(ServerTest, ShowsTheStateOfTheGateway)
{
    const auto id = series("plant/level");
    hear(id, 1.0, wall_ms());
    auto& http = client();
    const auto gateway = json::parse(http.get("/api/v1/gateway").body);
    EXPECT_EQ(gateway["gateway"], "pi-test");
    EXPECT_EQ(gateway["series"], 1);
    const auto upstreams = json::parse(http.get("/api/v1/upstreams").body);
    EXPECT_EQ(upstreams["upstreams"][0]["id"], "cloud");
    EXPECT_EQ(upstreams["upstreams"][0]["books"]["stored"], 1);
    EXPECT_EQ(upstreams["upstreams"][0]["books"]["queued"], 1);
    EXPECT_EQ(upstreams["upstreams"][0]["books"]["discarded"]["refused"], 0);
    EXPECT_EQ(upstreams["last_seq"], 1);
    const auto books = json::parse(http.get("/api/v1/books").body);
    EXPECT_EQ(books["messages"]["received"], 1);
    EXPECT_EQ(books["readings"]["stored"], 1);
}

TEST_F(ServerTest, ListsDevicesByWhetherTheyAreThere)
{
    auto& http = client();
    auto answer = json::parse(http.get("/api/v1/devices").body);
    ASSERT_EQ(answer["devices"].size(), 3U);
    EXPECT_EQ(answer["next"], nullptr);
    const auto& cellar = answer["devices"][1];
    EXPECT_EQ(cellar["name"], "cellar");
    EXPECT_EQ(cellar["state"], "offline");
    EXPECT_EQ(cellar["since"], 1500);
    EXPECT_EQ(cellar["why"], "\"cellar/up\" says so");
    EXPECT_EQ(cellar["series"], 1);
    EXPECT_EQ(cellar["heard"], nullptr);
    EXPECT_EQ(cellar["availability"], "cellar/up");

    answer = json::parse(http.get("/api/v1/devices?state=stale").body);
    ASSERT_EQ(answer["devices"].size(), 1U);
    EXPECT_EQ(answer["devices"][0]["name"], "meter");

    answer = json::parse(http.get("/api/v1/devices?limit=2").body);
    EXPECT_EQ(answer["devices"].size(), 2U);
    EXPECT_EQ(answer["next"], 2);
    answer = json::parse(http.get("/api/v1/devices?limit=2&after=2").body);
    EXPECT_EQ(answer["devices"][0]["name"], "meter");
    EXPECT_EQ(answer["next"], nullptr);

    EXPECT_EQ(http.get("/api/v1/devices?state=gone").status, 400);
}

TEST_F(ServerTest, RetriesAnUpstreamWhenAsked)
{
    auto& http = client();
    EXPECT_EQ(http.request("POST", "/api/v1/upstreams/retry?id=cloud").status, 204U);
    EXPECT_EQ(retries(), std::vector<std::string>{"cloud"});
    EXPECT_EQ(http.request("POST", "/api/v1/upstreams/retry?id=moon").status, 404U);
    EXPECT_EQ(client()
                  .request("POST", "/api/v1/upstreams/retry?id=cloud", "Origin: http://evil.example\r\n")
                  .status,
              403U);
    EXPECT_EQ(
        client().request("POST", "/api/v1/upstreams/retry?id=cloud", "Sec-Fetch-Site: cross-site\r\n").status,
        403U);
    EXPECT_EQ(retries().size(), 1U);
}

TEST_F(ServerTest, ShowsDeadLettersAndSendsThemAgainWhenAsked)
{
    const auto series = store->series().add({0, "plant/boiler", "/temperature", "", "", ""});
    for (std::uint64_t seq = 1; seq <= 3; ++seq)
        ASSERT_TRUE(dead_letters->add({0,
                                       "my cloud",
                                       0xb7c1,
                                       {seq, {series, 1'764'000'000'000, 21.5, 0}},
                                       "not that one",
                                       1'764'000'000'999,
                                       false}));
    auto& http = client();

    const auto first = json::parse(http.get("/api/v1/upstreams/my%20cloud/dead?limit=2").body);

    ASSERT_EQ(first["dead"].size(), 2);
    EXPECT_EQ(first["dead"][0]["seq"], 1);
    EXPECT_EQ(first["dead"][0]["epoch"], "000000000000b7c1");
    EXPECT_EQ(first["dead"][0]["topic"], "plant/boiler");
    EXPECT_EQ(first["dead"][0]["field"], "/temperature");
    EXPECT_EQ(first["dead"][0]["v"], 21.5);
    EXPECT_EQ(first["dead"][0]["why"], "not that one");
    EXPECT_EQ(first["dead"][0]["again"], false);
    const auto next = std::to_string(first["next"].get<int>());
    const auto rest = json::parse(http.get("/api/v1/upstreams/my%20cloud/dead?after=" + next).body);
    EXPECT_EQ(rest["dead"].size(), 1);
    EXPECT_TRUE(rest["next"].is_null());

    const auto post = http.request("POST", "/api/v1/upstreams/my%20cloud/dead");
    EXPECT_EQ(post.status, 202U);
    EXPECT_EQ(json::parse(post.body)["again"], 3);
    EXPECT_EQ(dead_letters->next_to_send("my cloud").value().size(), 1);
    EXPECT_EQ(json::parse(http.get("/api/v1/upstreams/moon/dead").body)["dead"].size(), 0);
    EXPECT_EQ(http.get("/api/v1/upstreams/moon/dead?limit=0").status, 400U);
    EXPECT_EQ(http.request("DELETE", "/api/v1/upstreams/moon/dead").field("Allow"), "GET, HEAD, POST");
    EXPECT_EQ(http.get("/api/v1/upstreams//dead").status, 404U);
    EXPECT_EQ(client().request("POST", "/api/v1/upstreams/a/dead", "Origin: http://evil.example\r\n").status,
              403U);
}

TEST_F(ServerTest, KnowsItsPathsAndMethods)
{
    auto& http = client();
    EXPECT_EQ(http.get("/api/v1/nothing").status, 404U);
    EXPECT_EQ(http.get("/nothing.html").status, 404U);
    const auto post = http.request("POST", "/api/v1/series", "Content-Length: 0\r\n");
    EXPECT_EQ(post.status, 405U);
    EXPECT_EQ(post.field("Allow"), "GET, HEAD");
    EXPECT_EQ(http.get("/api/v1/upstreams/retry").field("Allow"), "POST");
    EXPECT_EQ(http.request("DELETE", "/").status, 405U);
    EXPECT_EQ(http.get("/api/v1/live").status, 426U);
    EXPECT_EQ(http.get("/").status, 200U);
    const auto head = http.request("HEAD", "/healthz");
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.field("Content-Length"), "3");
    EXPECT_EQ(http.get("/healthz").body, "ok\n");  // still in step after a HEAD
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder)
{
    auto& http = client();
    http.send(
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(http.answer().body, "ok\n");
    EXPECT_EQ(http.answer().body, "ready\n");
}

TEST_F(ServerTest, TakesABodyInPieces)
{
    auto& http = client();
    http.send(
        "POST /api/v1/upstreams/retry?id=cloud HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nhel");
    http.send("lo\r\n0\r\n\r\n");
    EXPECT_EQ(http.answer().status, 204U);
}

TEST_F(ServerTest, TellsAClientToGoOnWithItsBody)
{
    auto& http = client();
    http.send(
        "POST /api/v1/upstreams/retry?id=cloud HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: "
        "100-continue\r\n\r\n");
    EXPECT_EQ(http.answer().status, 100U);
    http.send("hi");
    EXPECT_EQ(http.answer().status, 204U);
}

TEST_F(ServerTest, ClosesWhenTheClientSaysSo)
{
    auto& http = client();
    EXPECT_EQ(http.get("/healthz", "Connection: close\r\n").status, 200U);
    EXPECT_TRUE(http.closed_by_peer());
}

TEST_F(ServerTest, EndsIdleConnectionsWhenItStops)
{
    auto& http = client();
    http.get("/healthz");
    stop();
    EXPECT_TRUE(http.closed_by_peer());
}

TEST_F(ServerTest, SaysWhyItCannotListen)
{
    Server second(io, *store, facts(), {.address = "127.0.0.1", .port = server->port()});
    const auto listened = second.listen();
    ASSERT_FALSE(listened);
    EXPECT_NE(listened.error().what.find("in use"), std::string::npos) << listened.error().what;
    Server nowhere(io, *store, facts(), {.address = "not an address", .port = 0});
    EXPECT_EQ(nowhere.listen().error().kind, ErrorKind::invalid);
}

struct SmallServerTest : ServerTest {
    void SetUp() override
    {
        ServerOptions options;
        options.limits.connections = 8;
        options.limits.connections_each = 3;
        start(options);
    }
};

TEST_F(SmallServerTest, BoundsTheConnectionsOfOneAddress)
{
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client().get("/healthz").status, 200U);
    const auto refused = client().get("/healthz");
    EXPECT_EQ(refused.status, 429U);
    EXPECT_EQ(refused.field("Retry-After"), "5");
    EXPECT_EQ(
        ask([this] { return server->counts(); }).turned[static_cast<std::size_t>(Turned::connections_each)],
        1U);
    clients.clear();
    EXPECT_TRUE(tests::wait_until([this] { return client().get("/healthz").status == 200; }));
}

}  // namespace
}  // namespace tidegate::web
