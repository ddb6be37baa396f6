// Rules, seen from outside the daemon: a kill with an open summary.
#include "base/clock.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json books(const Gateway& gateway)
{
    return gateway.json("/api/v1/books");
}

std::uint64_t received(const Gateway& gateway)
{
    return books(gateway)["messages"]["received"];
}

json series_of(const Gateway& gateway, const std::string& topic, const std::string& field = "")
{
    auto answer = gateway.json("/api/v1/series?topic=" + topic);
    for (auto& series : answer.at("series"))
        if (series["field"] == field) return series;
    return nullptr;
}

std::vector<double> values_of(const Gateway& gateway, const json& series)
{
    const auto id = std::to_string(series["id"].get<int>());
    return gateway.json("/api/v1/history?from=0&points=100000&series=" + id)["series"][0]["v"];
}

bool connected(const Gateway& gateway, int times)
{
    return wait_until([&] {
        const auto broker = gateway.json("/api/v1/gateway")["brokers"][0];
        return broker["up"].get<bool>() && broker["connects"].get<int>() >= times;
    });
}

// By the clock of arrival: what devices say of the time is not believed on a machine whose clock is not set.
TEST(Rules, GoOnWithAnOpenSummaryAfterAKill)
{
    constexpr std::int64_t interval_ms = 15'000;
    const Broker broker;
    Gateway gateway(broker.url(), "", "[[rule]]\ntopic = \"a\"\nrate = \"15s\"");
    ASSERT_TRUE(connected(gateway, 1));
    ASSERT_TRUE(wait_until([] { return wall_ms() % interval_ms < 300; }, 20s)) << "an interval begins";

    for (const auto* value : {"5", "9", "1", "6", "4"}) broker.publish("a", value);
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 5; }));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(connected(gateway, 1));
    for (const auto* value : {"7", "3"}) broker.publish("a", value);
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 7; }));
    gateway.kill();
    gateway.start();
    ASSERT_EQ(values_of(gateway, series_of(gateway, "a")), std::vector<double>{5}) << "the interval is open";

    ASSERT_TRUE(wait_until([&] { return !series_of(gateway, "a", "@summary/mean").is_null(); }, 30s));
    ASSERT_TRUE(wait_until([&] { return books(gateway)["readings"]["derived"] == 2; })) << "committed";
    EXPECT_EQ(values_of(gateway, series_of(gateway, "a")), (std::vector<double>{5, 9, 1, 3}))
        << "the first, the extremes, the last";
    EXPECT_EQ(series_of(gateway, "a", "@summary/count")["latest"]["v"], 7);
    EXPECT_EQ(series_of(gateway, "a", "@summary/mean")["latest"]["v"], 5);
    EXPECT_EQ(books(gateway)["readings"]["summarised"], 3) << "6, 4 and 7";
    EXPECT_EQ(imbalance(books(gateway)), "");
}

TEST(Rules, FoldAFloodAndLoseNeitherItsExtremesNorAnythingBesideIt)
{
    constexpr int flood = 60'000, quiet = 200;
    const Broker broker;
    Gateway gateway(broker.url(), "", "[[rule]]\ntopic = \"flood\"\nrate = \"1s\"");
    ASSERT_TRUE(connected(gateway, 1));
    std::string lines;
    for (int i = 0; i < flood; ++i)
        lines += i == 20'000 ? "9999\n" : i == 40'000 ? "-9999\n" : std::to_string(i % 100) + "\n";
    std::jthread flooding([&] { broker.publish_lines("flood", lines); });
    for (int i = 0; i < quiet; ++i) broker.publish("quiet/" + std::to_string(i % 10), std::to_string(i));
    flooding.join();
    ASSERT_TRUE(wait_until([&] { return received(gateway) == flood + quiet; }, 30s)) << received(gateway);
    const auto folded = [&] {
        const auto count = series_of(gateway, "flood", "@summary/count");
        if (count.is_null()) return 0.0;
        const auto counts = values_of(gateway, count);
        return std::accumulate(counts.begin(), counts.end(), 0.0);
    };
    ASSERT_TRUE(wait_until([&] { return folded() == flood; })) << folded();

    const auto values = values_of(gateway, series_of(gateway, "flood"));
    EXPECT_EQ(std::ranges::count(values, 9999), 1);
    EXPECT_EQ(std::ranges::count(values, -9999), 1);
    EXPECT_LT(values.size(), flood / 100) << "four of each second at most";
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(values_of(gateway, series_of(gateway, "quiet/" + std::to_string(i))).size(), quiet / 10);
    EXPECT_EQ(imbalance(books(gateway)), "");
}

}  // namespace
}  // namespace tidegate::tests
