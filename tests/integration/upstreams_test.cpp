// The real daemon between a real broker and a real InfluxDB.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/influx.hpp"

#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr int count = 3000;

struct UpstreamsTest : testing::Test {
    void SetUp() override
    {
        influx.query("CREATE DATABASE plant");
        const auto subscribed = [this] { return gateway.json("/api/v1/gateway")["broker"]["up"] == true; };
        ASSERT_TRUE(wait_until(subscribed, 30s));
    }

    nlohmann::json points(const std::string& select)
    {
        const auto answer = nlohmann::json::parse(influx.query(select));
        if (!answer["results"][0].contains("series")) return nlohmann::json::array();
        return answer["results"][0]["series"][0]["values"];
    }
    std::uint64_t number(const std::string& select)
    {
        const auto found = points(select);
        return found.empty() ? 0 : found[0][1].get<std::uint64_t>();
    }
    nlohmann::json upstream(const std::string& list) const
    {
        const auto found = gateway.json(list)["upstreams"];
        return found.empty() ? nlohmann::json() : found[0];
    }

    Broker broker;
    Influx influx;
    Gateway gateway{broker.url(), "",
                    "[[upstream]]\nname = \"influx\"\nkind = \"influxdb\"\nurl = \"" + influx.url() +
                        "\"\ndatabase = \"plant\"\nbatch = 100\nexclude = [\"private/#\"]\n"
                        "measurement = \"{topic:2}\"\ntags = [\"line={topic:1}\"]\n"};
};

TEST_F(UpstreamsTest, SendInfluxDbWhatIsSelectedAlsoAfterAKill)
{
    std::string lines;
    for (int i = 1; i <= count; ++i)
        lines += R"({"n":)" + std::to_string(i) + R"(,"half":)" + std::to_string(i) +
                 (i % 2 != 0 ? ".5}\n" : "}\n");
    broker.publish_lines("private/boiler", "1\n2\n3\n");
    broker.publish_lines("north/boiler", lines);
    gateway.kill();  // while it takes in and sends
    gateway.start();

    constexpr std::uint64_t left_out = 3, selected = 2ULL * count;
    // What was not acknowledged when the kill came, the broker sends once more: at least so many.
    ASSERT_TRUE(
        wait_until([&] { return gateway.json("/api/v1/books")["last_seq"] >= selected + left_out; }, 60s));
    ASSERT_TRUE(wait_until([&] { return number("SELECT last(n) FROM boiler") == count; }, 60s));
    ASSERT_TRUE(wait_until([&] { return upstream("/api/v1/books")["queued"] == 0; }, 60s));
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    EXPECT_GE(upstream("/api/v1/books")["delivered"], selected);
    // Readings of the same millisecond are one point, so that their number is not told; the last of all is.
    EXPECT_EQ(number("SELECT last(n) FROM boiler"), count);
    EXPECT_EQ(number("SELECT last(half) FROM boiler"), count);
    EXPECT_EQ(points("SHOW MEASUREMENTS").size(), 1);
    EXPECT_EQ(points("SHOW TAG VALUES WITH KEY = \"line\"")[0][1], "north");
}

TEST_F(UpstreamsTest, KeepWhatInfluxDbRefusesAndSendItAgainWhenAsked)
{
    broker.publish("north/valve", "1.5");
    ASSERT_TRUE(wait_until([&] { return number("SELECT count(value) FROM valve") == 1; }, 30s));
    broker.publish("north/valve", "open");
    broker.publish("north/valve", "2.5");

    ASSERT_TRUE(wait_until([&] { return upstream("/api/v1/upstreams").value("dead", 0) == 1; }, 30s));
    ASSERT_TRUE(wait_until([&] { return number("SELECT count(value) FROM valve") == 2; }, 30s));
    const auto dead = gateway.json("/api/v1/upstreams/influx/dead")["dead"];
    ASSERT_EQ(dead.size(), 1);
    EXPECT_EQ(dead[0]["topic"], "north/valve");
    EXPECT_EQ(dead[0]["v"], "open");
    EXPECT_NE(dead[0]["why"].get<std::string>().find("field type conflict"), std::string::npos);

    gateway.kill();  // the letter outlives it
    gateway.start();
    // What was delivered just before the kill is perhaps delivered again.
    ASSERT_TRUE(wait_until([&] { return upstream("/api/v1/books")["queued"] == 0; }, 30s));
    influx.query("DROP MEASUREMENT valve");  // now the text may come first
    gateway.post("/api/v1/upstreams/influx/dead");

    ASSERT_TRUE(wait_until([&] { return upstream("/api/v1/upstreams").value("dead", 1) == 0; }, 30s));
    EXPECT_EQ(points("SELECT value FROM valve")[0][1], "open");
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
}

}  // namespace
}  // namespace tidegate::tests
