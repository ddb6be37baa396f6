// Windows of a rule, with a real broker and a daemon that is killed.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

namespace tidegate::tests {
namespace {

using nlohmann::json;

// One per series and time; a second one is a fault.
using Values = std::map<std::int64_t, double>;

// All that is kept, by topic#field.
std::map<std::string, std::vector<std::pair<std::int64_t, double>>> exported(const Gateway& gateway)
{
    std::map<std::string, std::vector<std::pair<std::int64_t, double>>> found;
    std::istringstream lines(gateway.get("/api/v1/export?format=ndjson"));
    for (std::string line; std::getline(lines, line);) {
        if (line.find('{') != 0) continue;  // the length of a chunk
        const auto reading = json::parse(line);
        found[reading["topic"].get<std::string>() + "#" + reading["field"].get<std::string>()].emplace_back(
            reading["t"].get<std::int64_t>(), reading["v"].get<double>());
    }
    return found;
}

std::uint64_t received(const Gateway& gateway)
{
    return gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
}

std::string numbers(int first, int count)
{
    std::string lines;
    for (int i = first; i < first + count; ++i) lines += std::to_string(i) + "\n";
    return lines;
}

Values once(const std::vector<std::pair<std::int64_t, double>>& readings)
{
    Values values;
    for (const auto& [time, value] : readings)
        EXPECT_TRUE(values.emplace(time, value).second) << "a window has two results at " << time;
    return values;
}

// As long as nothing was late, the windows say exactly what the readings say.
void expect_exact(const Gateway& gateway,
                  const std::string& topic,
                  std::int64_t width_ms,
                  const std::string& name)
{
    const auto all = exported(gateway);
    Values counts, sums, largest;
    for (const auto& [time, value] : all.at(topic + "#")) {
        const auto start = time / width_ms * width_ms;
        ++counts[start];
        sums[start] += value;
        largest[start] = std::max(largest[start], value);
    }
    EXPECT_EQ(once(all.at(topic + "#@" + name + "/count")), counts);
    EXPECT_EQ(once(all.at(topic + "#@" + name + "/sum")), sums);
    EXPECT_EQ(once(all.at(topic + "#@" + name + "/max")), largest);
}

const std::string rule = R"(
[[rule]]
topic = "meter/#"
windows = ["1s", "2s"]
values = ["count", "sum", "max"]
lateness = "1s"
)";

// Until each reading of the topic is in a window that has closed.
bool all_closed(const Gateway& gateway, const std::string& topic)
{
    const auto closed = [&] {
        auto all = exported(gateway);
        for (const auto* name : {"1s", "2s"}) {
            double count = 0;
            for (const auto& [time, value] : all[topic + "#@" + name + "/count"]) count += value;
            if (count != static_cast<double>(all[topic + "#"].size())) return false;
        }
        return true;
    };
    return wait_until(closed, std::chrono::seconds(20));
}

TEST(Windows, AreExactHoweverOftenTheGatewayIsKilled)
{
    Broker broker;
    Gateway gateway(broker.url(), "", rule);
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }));
    int published = 0;
    for (int kill = 0; kill < 6; ++kill) {
        for (int i = 0; i < 5; ++i) {
            broker.publish_lines("meter/a", numbers(published, 400));
            published += 400;
        }
        gateway.kill();  // with readings in the ring, in what is not committed, and in open windows
        broker.publish_lines("meter/a", numbers(published, 100));
        published += 100;
        gateway.start();
    }
    ASSERT_TRUE(wait_until([&] { return received(gateway) >= static_cast<std::uint64_t>(published); }));
    ASSERT_TRUE(all_closed(gateway, "meter/a"));

    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    expect_exact(gateway, "meter/a", 1000, "1s");
    expect_exact(gateway, "meter/a", 2000, "2s");
    EXPECT_THAT(gateway.get("/metrics"),
                testing::HasSubstr("tidegate_window_readings_left_out_total{reason=\"late\"} 0"));
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

// Its readings are kept nowhere else.
TEST(Windows, OutliveARebootThatWasAskedFor)
{
    Broker broker;
    Gateway gateway(broker.url(), "",
                    "[[rule]]\ntopic = \"slow\"\nwindows = [\"5s\"]\nvalues = [\"count\"]\nkeep = false\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }));
    broker.publish_lines("slow", numbers(0, 100));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 100; }));
    ASSERT_EQ(gateway.stop(), 0) << gateway.log();
    std::filesystem::remove_all(gateway.dir() / "run");
    gateway.start();
    broker.publish_lines("slow", numbers(100, 50));
    double count = 0;
    EXPECT_TRUE(wait_until(
        [&] {
            count = 0;
            auto all = exported(gateway);
            for (const auto& [time, value] : all["slow#@5s/count"]) count += value;
            return count == 150;
        },
        std::chrono::seconds(20)))
        << count << gateway.log();
}

TEST(Windows, AreOpenedAgainFromTheStoreWhenThePowerTookTheRest)
{
    Broker broker;
    Gateway gateway(broker.url(), "",
                    rule + "[[rule]]\ntopic = \"slow\"\nwindows = [\"1h\"]\nvalues = [\"count\"]\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }));
    broker.publish_lines("meter/a", numbers(0, 1000));
    broker.publish_lines("slow", numbers(0, 50));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 1050; }));
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/books")["last_seq"] >= 1050; }));
    gateway.kill();
    std::filesystem::remove_all(gateway.dir() / "run");

    gateway.start();

    const std::string told = "windows opened again from the store";
    EXPECT_TRUE(wait_until([&] { return gateway.log().find(told) != std::string::npos; })) << gateway.log();
    broker.publish_lines("meter/a", numbers(1000, 100));
    ASSERT_TRUE(wait_until([&] { return received(gateway) >= 1150; }));
    ASSERT_TRUE(all_closed(gateway, "meter/a"));
    expect_exact(gateway, "meter/a", 1000, "1s");
    expect_exact(gateway, "meter/a", 2000, "2s");
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

TEST(Windows, GoUpstreamInPlaceOfTheReadingsWhereAnUpstreamSaysSo)
{
    const Broker house, cloud;
    const Gateway gateway(house.url(), "",
                          rule +
                              "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nmode = \"mirror\"\nurl = \"" +
                              cloud.url() + "\"\nsend = \"windows\"\n");
    Process client(
        {"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(cloud.port()), "-t", "#", "-F", "%t"},
        {.output = cloud.dir() / "got"});
    const auto got = [&](const std::string& topic) {
        std::istringstream lines(client.output());
        for (std::string line; std::getline(lines, line);)
            if (line == topic) return true;
        return false;
    };
    ASSERT_TRUE(wait_until([&] {
        cloud.publish("ready", "1");
        return got("ready");
    }));
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }));
    house.publish_lines("meter/a", numbers(0, 100));

    EXPECT_TRUE(wait_until([&] { return got("test/meter/a@1s/count") && got("test/meter/a@2s/max"); },
                           std::chrono::seconds(20)))
        << client.output();
    EXPECT_FALSE(got("test/meter/a")) << "the readings came before their windows closed";
    const auto books = gateway.json("/api/v1/books");
    EXPECT_GE(books["upstreams"][0]["discarded"]["left_out"].get<int>(), 100);
    EXPECT_EQ(imbalance(books), "");
    client.kill(SIGTERM);
}

}  // namespace
}  // namespace tidegate::tests
