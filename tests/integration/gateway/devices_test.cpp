// Whether devices are there, heard from a real broker and told by the API.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

json device(const Gateway& gateway, const std::string& name)
{
    const auto all = gateway.json("/api/v1/devices");
    for (const auto& one : all.at("devices"))
        if (one["name"] == name) return one;
    return json::object();
}

bool becomes(const Gateway& gateway, const std::string& name, const std::string& state)
{
    return wait_until([&] { return device(gateway, name).value("state", "") == state; }, 20s);
}

bool connected(const Gateway& gateway)
{
    return wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }, 20s);
}

TEST(Devices, AreOfflineWhenTheirWillSaysSoAndKnowItAgainAfterAKill)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    broker.publish("tele/kitchen/LWT", "Online", {"-r"});
    broker.publish("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.5}})");
    ASSERT_TRUE(becomes(gateway, "kitchen", "online")) << gateway.log();
    EXPECT_EQ(device(gateway, "kitchen")["availability"], "tele/kitchen/LWT");
    EXPECT_GT(device(gateway, "kitchen")["heard"].get<std::int64_t>(), 1'700'000'000'000);

    // A device whose connection is lost: the broker says it for it.
    auto lost = std::make_unique<Process>(
        std::vector<std::string>{"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()),
                                 "-t", "nothing", "-i", "device-k", "--will-topic", "tele/kitchen/LWT",
                                 "--will-payload", "Offline", "--will-retain"},
        Process::Files{.output = broker.dir() / "device.log"});
    ASSERT_TRUE(wait_until([&] { return broker.log().find("device-k") != std::string::npos; }));
    lost->kill(SIGKILL);
    lost->wait();
    ASSERT_TRUE(becomes(gateway, "kitchen", "offline")) << gateway.log();
    EXPECT_THAT(device(gateway, "kitchen")["why"].get<std::string>(), HasSubstr("tele/kitchen/LWT"));
    EXPECT_THAT(gateway.log(), HasSubstr("device_offline device=\"kitchen\""));
    EXPECT_THAT(gateway.get("/metrics"), HasSubstr("tidegate_devices{state=\"offline\"} 1"));

    gateway.kill();
    gateway.start();
    ASSERT_TRUE(becomes(gateway, "kitchen", "offline")) << "the broker keeps its last word";
    EXPECT_EQ(gateway.json("/api/v1/gateway")["offline"], 1);
    broker.publish("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.6}})");
    EXPECT_TRUE(becomes(gateway, "kitchen", "online")) << "it was heard since";
}

TEST(Devices, GetTheirNameWhileTheGatewayRunsAndKeepItOverAKill)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    broker.publish("meter", R"({"p":1500})");
    ASSERT_TRUE(becomes(gateway, "meter", "online"));
    broker.publish("homeassistant/sensor/flow/config",
                   R"({"name":"Flow","state_topic":"meter","unit_of_measurement":"W","device_class":"power",)"
                   R"("value_template":"{{ value_json.p }}","device":{"name":"Main meter"}})");
    broker.publish("meter", R"({"p":1501})");
    ASSERT_TRUE(becomes(gateway, "Main meter", "online")) << gateway.log();
    EXPECT_TRUE(device(gateway, "meter").empty()) << "it goes by its new name";
    EXPECT_EQ(gateway.json("/api/v1/gateway")["names"], 1);
    // Committed with the reading behind it.
    ASSERT_TRUE(wait_until(
        [&] { return gateway.json("/api/v1/books")["readings"]["stored"].get<std::uint64_t>() >= 2; }));
    gateway.kill();
    gateway.start();
    const auto series = gateway.json("/api/v1/series")["series"][0];
    EXPECT_EQ(series["name"], "Flow");
    EXPECT_EQ(series["unit"], "W");
    EXPECT_EQ(series["class"], "power");
    EXPECT_EQ(series["device"], "Main meter");
}

}  // namespace
}  // namespace tidegate::tests
