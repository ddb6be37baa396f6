// What the gateway does when more comes in than it can take.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

int level(const Gateway& gateway)
{
    return gateway.json("/api/v1/gateway")["load"]["level"].get<int>();
}

// The ring is what commits leave in it: with one a minute, and a small ring, a stream of readings fills it as
// a slow card would.
TEST(Load, RisesWhileTheRingFillsIsSaidEverywhereAndFallsWhenItIsOver)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "", "[limits]\nring = \"256KiB\"\n[store]\ncommit = \"8s\"\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }, 20s));
    EXPECT_EQ(level(gateway), 0);

    std::string lines;
    for (int i = 0; i < 1500; ++i)
        lines += R"({"value":)" + std::to_string(i) + R"(,"text":")" + std::string(60, 'x') + "\"}\n";
    broker.publish_lines("plant/flood", lines);
    ASSERT_TRUE(wait_until([&] { return level(gateway) >= 1; }, 20s)) << gateway.log();

    const auto load = gateway.json("/api/v1/gateway")["load"];
    EXPECT_THAT(load["why"].get<std::string>(), HasSubstr("intake ring"));
    EXPECT_GE(load["stretch"].get<int>(), 2);
    EXPECT_THAT(gateway.get("/readyz"), HasSubstr("load level"));
    EXPECT_THAT(gateway.get("/metrics"), HasSubstr("tidegate_load_level "));

    ASSERT_TRUE(wait_until([&] { return level(gateway) == 0; }, 60s)) << gateway.log();
    const auto log = gateway.log();
    std::size_t told = 0;
    for (auto at = log.find("load_level level="); at != std::string::npos;
         at = log.find("load_level level=", at + 1))
        ++told;
    EXPECT_GE(told, 2U);
    EXPECT_LE(told, 12U) << "a line a change, and no flutter";
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
}

}  // namespace
}  // namespace tidegate::tests
