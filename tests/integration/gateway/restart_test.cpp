// What people see of the last day outlives a restart, and a restart is no news about devices
// (docs/decisions/0034).
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fstream>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string upstream_at(std::uint16_t port)
{
    return fmt::format("[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"\n",
                       port);
}

bool connected(const Gateway& gateway)
{
    return wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"] == true; }, 20s);
}

json timeline(const Gateway& gateway)
{
    return gateway.json("/api/v1/timeline");
}

// The first full update of the live protocol: the freshness of each series that has a value.
std::vector<int> freshness(const Gateway& gateway)
{
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(10s);
    stream.connect("127.0.0.1", std::to_string(gateway.port()));
    stream << "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" << std::flush;
    const std::string mark = R"(data: {"k":"d")";
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with(mark)) return json::parse(line.substr(6)).value("o", std::vector<int>());
    ADD_FAILURE() << "no full update";
    return {};
}

TEST(Restart, KeepsTheLastDayAndTellsWhenTheGatewayDidNotRun)
{
    const Broker broker;
    Gateway gateway(broker.url(), "", upstream_at(free_port()));  // nobody listens there
    ASSERT_TRUE(connected(gateway));
    broker.publish("plant/a", "1");
    ASSERT_TRUE(wait_until([&] { return timeline(gateway)["outages"].size() == 1; }, 20s))
        << "after its grace";
    const auto before = timeline(gateway);
    const auto began = before["outages"][0]["from"];
    EXPECT_TRUE(before["stopped"].empty());
    EXPECT_EQ(gateway.stop(), 0);
    gateway.start();

    ASSERT_TRUE(wait_until([&] { return timeline(gateway)["stopped"].size() == 1; }));
    auto after = timeline(gateway);
    EXPECT_EQ(after["t"][0], before["t"][0]);
    EXPECT_GT(after["stopped"][0]["to"], after["stopped"][0]["from"]);
    ASSERT_EQ(after["outages"].size(), 1U) << "it is the same one";
    EXPECT_EQ(after["outages"][0]["from"], began);
    EXPECT_TRUE(after["outages"][0]["to"].is_null());

    // A kill: what lies beside the rings has it.
    const auto beside_the_rings = gateway.dir() / "run" / "notebook";
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(beside_the_rings); }, 20s));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(wait_until([&] { return timeline(gateway)["stopped"].size() == 2; }));
    after = timeline(gateway);
    EXPECT_EQ(after["t"][0], before["t"][0]);
    EXPECT_EQ(after["outages"][0]["from"], began);
}

TEST(Restart, MakesNoOutageOfItsFirstConnection)
{
    const Broker broker;
    const Broker cloud;
    Gateway gateway(broker.url(), "", upstream_at(cloud.port()));
    ASSERT_TRUE(connected(gateway));
    const auto is_up = [&] { return gateway.json("/api/v1/gateway")["up"][0]["up"] == true; };
    for (int start = 0; start < 3; ++start) {
        broker.publish("plant/a", std::to_string(start));
        ASSERT_TRUE(wait_until(is_up, 20s));
        const auto looked = timeline(gateway)["t"].size();
        ASSERT_GE(looked, 1U);
        EXPECT_TRUE(timeline(gateway)["outages"].empty()) << timeline(gateway);
        EXPECT_EQ(gateway.stop(), 0);
        gateway.start();
        ASSERT_TRUE(connected(gateway));
    }
}

// What the broker kept for us comes at once, and is no pace of a device.
TEST(Restart, CallsNoSeriesLateForWhatItsBrokerHadKept)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    EXPECT_EQ(gateway.stop(), 0);
    std::string lines;
    constexpr int kept = 20'000;  // several handfuls of the pipeline
    for (int i = 0; i < kept; ++i) lines += std::to_string(i) + "\n";
    broker.publish_lines("plant/a", lines);
    gateway.start();
    ASSERT_TRUE(
        wait_until([&] { return gateway.json("/api/v1/books")["messages"]["received"] == kept; }, 60s));
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (std::chrono::steady_clock::now() < end) {
        ASSERT_EQ(freshness(gateway), std::vector<int>{0});
        std::this_thread::sleep_for(250ms);
    }
}

}  // namespace
}  // namespace tidegate::tests
