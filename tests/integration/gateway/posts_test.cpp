// Readings that come by HTTP, through the whole daemon.
#include "base/clock.hpp"
#include "base/gzip.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <future>
#include <thread>
#include <vector>

namespace tidegate::tests {
namespace {

using nlohmann::json;

struct Posts : testing::Test {
    json series(const std::string& topic) { return gateway.json("/api/v1/series?topic=" + topic)["series"]; }

    Broker broker;
    Gateway gateway{broker.url()};
};

TEST_F(Posts, AreKeptAndShownAsWhatComesByMqtt)
{
    const auto now = wall_ms();
    const auto answer = gateway.post_json(
        "/api/v1/readings", {{{"topic", "plant/a"}, {"field", "/level"}, {"t", now - 5000}, {"v", 21.5}},
                             {{"topic", "plant/b"}, {"payload", R"({"T":19.25,"door":"open"})"}}});
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body["accepted"], 2);

    const auto level = series("plant/a").at(0);
    EXPECT_EQ(level["field"], "/level");
    EXPECT_EQ(level["latest"]["v"], 21.5);
    // Where the clock of this machine is not known to be right, no time of a sender's is believed.
    if (clock_synchronised()) {
        EXPECT_EQ(level["latest"]["t"], now - 5000);
    }
    EXPECT_EQ(series("plant/b").size(), 2U);

    // 202 says that it is committed: it is in history and in the books at once.
    const auto history = gateway.json(fmt::format("/api/v1/history?series={}&from={}&to={}",
                                                  level["id"].get<int>(), now - 60'000, now + 60'000));
    EXPECT_EQ(history["series"][0]["v"], json::array({21.5}));
    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    EXPECT_EQ(books["messages"]["stored"], 2);
    EXPECT_EQ(books["readings"]["stored"], 3);
}

TEST_F(Posts, OfLineProtocolAreAnsweredAsInfluxDbAnswers)
{
    const auto write = [&](const std::string& target, const std::string& body, const std::string& more = "") {
        return gateway.send("POST", target, body, more);
    };
    EXPECT_EQ(write("/write?db=plant&precision=s", "cpu,host=a idle=97.5\n").status, 204);
    EXPECT_EQ(write("/api/v2/write?org=o&bucket=plant", "cpu,host=a idle=98.5\n").status, 204);
    EXPECT_EQ(
        write("/write?db=plant", gzipped("cpu,host=b idle=1\n", 6), "Content-Encoding: gzip\r\n").status,
        204);
    EXPECT_EQ(write("/write?db=plant", "").status, 204);

    const auto partly = write("/api/v2/write?bucket=plant", "cpu,host=c idle=1\nnonsense\n");
    EXPECT_EQ(partly.status, 400);
    EXPECT_EQ(json::parse(partly.body)["code"], "invalid");
    EXPECT_NE(json::parse(partly.body)["message"].get<std::string>().find("partial write: line 2"),
              std::string::npos);
    EXPECT_EQ(json::parse(write("/write?db=plant", "x\n").body)["error"],
              "partial write: line 1 is no line protocol: x dropped=1");
    EXPECT_EQ(write("/write", "a v=1").status, 400);
    EXPECT_EQ(write("/write?db=a%2Bb", "a v=1").status, 400);
    EXPECT_EQ(write("/write?db=a&precision=fortnight", "a v=1").status, 400);
    EXPECT_EQ(write("/write?db=a", "a v=1", "Content-Encoding: br\r\n").status, 415);
    EXPECT_EQ(write("/write?db=a", std::string(1024 * 1024 + 1, 'x')).status, 413);
    EXPECT_EQ(gateway.send("GET", "/write?db=a", "").status, 405);

    const auto known = series("influx/plant");
    ASSERT_EQ(known.size(), 3U);  // hosts a, b, c
    EXPECT_EQ(known[0]["field"], "/cpu/idle");
    EXPECT_EQ(known[0]["device"], "host=a");
    EXPECT_EQ(known[0]["latest"]["v"], 98.5);
    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    EXPECT_EQ(books["messages"]["rejected"]["malformed"], 2);  // one a post that had bad lines
    EXPECT_EQ(books["readings"]["stored"], 4);
}

TEST_F(Posts, OfManyShareACommit)
{
    const auto commits = [&] {
        const auto metrics = gateway.get("/metrics");
        const std::string name = "\ntidegate_store_commit_seconds_count ";
        return std::stod(metrics.substr(metrics.find(name) + name.size()));
    };
    const auto before = commits();
    std::vector<std::future<int>> posts;
    posts.reserve(30);
    for (int i = 0; i < 30; ++i)
        posts.push_back(std::async(std::launch::async, [&, i] {
            return gateway.send("POST", "/write?db=many", fmt::format("m v={}i\n", i)).status;
        }));
    for (auto& post : posts) EXPECT_EQ(post.get(), 204);
    EXPECT_LE(commits() - before, 4);  // one a second
}

TEST(PostsThatWait, AreCommittedAndAnsweredBeforeTheGatewayStops)
{
    Broker broker;
    Gateway gateway(broker.url(), "", "[store]\ncommit = \"20s\"");
    std::vector<std::future<int>> posts;
    for (int i = 0; i < 5; ++i)
        posts.push_back(std::async(std::launch::async, [&, i] {
            return gateway.send("POST", "/write?db=last", fmt::format("m v={}i\n", i)).status;
        }));
    const auto waits = [&] { return gateway.json("/api/v1/books")["messages"]["received"] == 5; };
    std::this_thread::sleep_for(
        std::chrono::seconds(1));  // they have come; nothing shows it before the commit
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(gateway.stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    for (auto& post : posts) EXPECT_EQ(post.get(), 204);
    gateway.start();
    EXPECT_TRUE(wait_until(waits));
}

TEST_F(Posts, GoOnWithoutAClientThatGivesUp)
{
    gateway.send_and_leave("/write?db=left", "m v=1i\n");
    EXPECT_TRUE(wait_until([&] { return series("influx/left").size() == 1; }));
    EXPECT_EQ(gateway.send("POST", "/write?db=left", "m v=2i\n").status, 204);
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    EXPECT_NE(gateway.get("/metrics").find("tidegate_posts_total{outcome=\"committed\"} 2"),
              std::string::npos);
}

}  // namespace
}  // namespace tidegate::tests
