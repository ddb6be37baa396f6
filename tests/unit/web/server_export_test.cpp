#include "base/clock.hpp"
#include "unit/web/server_fixture.hpp"

#include <set>

namespace tidegate::web {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& text)
{
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
}

struct ServerExportTest : ServerTest {
    // Many at once: readings 0, 1, 2, … a second apart, the last one just now.
    void fill(store::SeriesId id, int count)
    {
        store::Batch batch;
        const auto start = wall_ms() - count * 1000LL;
        for (int i = 0; i < count; ++i)
            batch.readings.push_back({id, start + i * 1000LL, static_cast<std::int64_t>(i), 0});
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
    }

    static std::string get(const std::string& target)
    {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
};

TEST_F(ServerExportTest, StreamsEveryReadingOnceWhetherSealedOrNot)
{
    const auto a = series("plant/a"), b = series("plant/b", "/level");
    fill(a, 5000);
    ASSERT_TRUE(store->seal_all());
    fill(b, 3000);
    auto& http = client();
    const auto answer = http.get("/api/v1/export?format=ndjson");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_TRUE(answer.whole);
    EXPECT_EQ(answer.field("Content-Type"), "application/x-ndjson");
    EXPECT_EQ(answer.field("Cache-Control"), "no-store");
    EXPECT_EQ(answer.field("Content-Disposition").find("attachment; filename=\"tidegate-export-20"), 0U);
    std::map<std::string, std::vector<int>> found;
    for (const auto& line : lines_of(answer.body)) found[line["topic"]].push_back(line["v"]);
    ASSERT_EQ(found.size(), 2U);
    for (const auto& [topic, count] : {std::pair{"plant/a", 5000}, {"plant/b", 3000}}) {
        ASSERT_EQ(found[topic].size(), static_cast<std::size_t>(count)) << topic;
        for (int i = 0; i < count; ++i) ASSERT_EQ(found[topic][static_cast<std::size_t>(i)], i);
    }
    EXPECT_EQ(http.get("/healthz").body, "ok\n") << "and the connection goes on";
}

TEST_F(ServerExportTest, TakesSeriesTopicAndRange)
{
    const auto a = series("plant/a"), b = series("plant/b"), c = series("home/c");
    for (const auto id : {a, b, c}) fill(id, 100);
    auto& http = client();
    const auto count = [&](const std::string& query) {
        const auto answer = http.get("/api/v1/export?format=ndjson&" + query);
        EXPECT_EQ(answer.status, 200U) << query << answer.body;
        return lines_of(answer.body).size();
    };
    EXPECT_EQ(count("series=" + std::to_string(a)), 100U);
    EXPECT_EQ(count("series=" + std::to_string(c) + "," + std::to_string(a)), 200U);
    EXPECT_EQ(count("topic=plant%2F%23"), 200U);
    EXPECT_EQ(count("topic=nothing"), 0U);
    EXPECT_EQ(count("to=2001-01-01"), 0U);
    EXPECT_EQ(count("from=-1h"), 300U);
    EXPECT_EQ(count("series=1&from=" + std::to_string(wall_ms() - 50'500)), 50U);
    const auto csv = http.get("/api/v1/export?series=1");
    EXPECT_EQ(csv.field("Content-Type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(
        csv.body.find("topic,field,time,t,v,flags,resolution_ms,count,min,mean,max,first,last\r\nplant/a,,"),
        0U);
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 101);
}

TEST_F(ServerExportTest, RefusesWhatItCannotUnderstandAndSaysWhich)
{
    series("plant/a");
    auto& http = client();
    for (const auto& [query, status] : {std::pair{"format=xml", 400U},
                                        {"series=x", 400U},
                                        {"series=", 400U},
                                        {"series=7", 404U},
                                        {"topic=a%23", 400U},
                                        {"series=1&topic=a", 400U},
                                        {"from=soon", 400U},
                                        {"to=-1", 400U},
                                        {"from=9&to=8", 400U}}) {
        const auto answer = http.get(std::string("/api/v1/export?") + query);
        EXPECT_EQ(answer.status, status) << query;
        EXPECT_EQ(answer.field("Content-Type"), "application/problem+json") << query;
    }
    EXPECT_EQ(http.request("POST", "/api/v1/export", "Content-Length: 0\r\n").status, 405U);
    const auto head = http.request("HEAD", "/api/v1/export");
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(http.get("/healthz").body, "ok\n") << "HEAD has no body";
}

TEST_F(ServerExportTest, EndsWithTheConnectionForAClientThatKnowsNoChunks)
{
    fill(series("plant/a"), 10);
    auto& http = client();
    http.send("GET /api/v1/export HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const auto answer = http.answer();
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.field("Transfer-Encoding"), "");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 11);
}

// Two clients that do not read, with more than the sockets between them can hold.
TEST_F(ServerExportTest, LetsTwoExportAtATimeAndHoldsUpNobodyWhoIsSlow)
{
    const auto id = series("plant/a");
    fill(id, 400'000);
    ASSERT_TRUE(store->seal_all());
    auto& first = client();
    auto& second = client();
    for (auto* slow : {&first, &second}) slow->send(get("/api/v1/export?format=ndjson"));
    auto& http = client();
    tests::Answer refused;
    ASSERT_TRUE(tests::wait_until([&] {
        refused = http.get("/api/v1/export?to=2001-01-01");
        return refused.status == 503;
    }));
    EXPECT_EQ(refused.field("Retry-After"), "10");
    EXPECT_EQ(http.get("/healthz").body, "ok\n");
    const auto history = http.get("/api/v1/history?series=" + std::to_string(id) + "&points=10");
    EXPECT_EQ(history.status, 200U) << "neither the web thread nor that of history is held up";

    clients.erase(clients.begin());  // the first one leaves
    EXPECT_TRUE(tests::wait_until([&] { return http.get("/api/v1/export?to=2001-01-01").status == 200; }));
    const auto answer = second.answer();
    EXPECT_TRUE(answer.whole) << "the slow one gets all that there is";
    EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 400'000);
}

TEST_F(ServerExportTest, StopsWithTheServerWithoutPretendingToBeWhole)
{
    fill(series("plant/a"), 400'000);
    auto& first = client();
    auto& second = client();
    for (auto* slow : {&first, &second}) slow->send(get("/api/v1/export?format=ndjson"));
    auto& http = client();
    ASSERT_TRUE(tests::wait_until([&] { return http.get("/api/v1/export?to=2001-01-01").status == 503; }));
    const auto start = boot_ms();
    stop();
    EXPECT_LT(boot_ms() - start, 1000);
    EXPECT_FALSE(first.answer().whole);
    EXPECT_FALSE(second.answer().whole);
}

}  // namespace
}  // namespace tidegate::web
