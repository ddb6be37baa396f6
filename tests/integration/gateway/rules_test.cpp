// Rules, seen from outside the daemon: a kill with an open summary.
#include "base/clock.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidegate::tests {
namespace {

using nlohmann::json;

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

TEST(Rules, GoOnWithAnOpenSummaryAfterAKill)
{
    const Broker broker;
    Gateway gateway(broker.url(), "", "[[rule]]\ntopic = \"lp\"\nrate = \"1d\"");
    ASSERT_TRUE(connected(gateway, 1));
    const auto now = wall_ms();
    const auto line = [&](int value, std::int64_t age_ms) {
        return "m v=" + std::to_string(value) + " " + std::to_string((now - age_ms) * 1'000'000) + "\n";
    };
    broker.publish_lines("lp", line(5, 0) + line(9, -1) + line(1, -2) + line(6, -3) + line(4, -4));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 5; }));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(connected(gateway, 1));
    broker.publish_lines("lp", line(7, -5) + line(3, -6));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 7; }));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(connected(gateway, 1));
    constexpr std::int64_t day_ms = 86'400'000;
    broker.publish_lines("lp", line(2, day_ms));  // of another interval: it ends this one
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 8; }));

    const auto values = values_of(gateway, series_of(gateway, "lp", "/m/v"));
    EXPECT_EQ(values, (std::vector<double>{2, 5, 9, 1, 3})) << "the first, the extremes, the last";
    EXPECT_EQ(series_of(gateway, "lp", "/m/v@summary/count")["latest"]["v"], 7);
    EXPECT_EQ(series_of(gateway, "lp", "/m/v@summary/mean")["latest"]["v"], 5);
    const auto account = books(gateway);
    EXPECT_EQ(account["readings"]["summarised"], 3) << "6, 4 and 7";
    EXPECT_EQ(imbalance(account), "");
}

}  // namespace
}  // namespace tidegate::tests
