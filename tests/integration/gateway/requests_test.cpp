// What the gateway says to devices by itself, heard at a real broker.
#include "gateway/decode/families/sparkplug_b.pb.h"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr auto of_a_second_broker = "[[broker]]\nname = \"plant\"\nurl = \"";

void publish_bytes(const Broker& broker, const std::string& topic, const std::string& bytes)
{
    const auto file = broker.dir() / "bytes";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    Process client({"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-q", "1", "-t",
                    topic, "-f", file.string()},
                   {.output = broker.dir() / "client.log"});
    ASSERT_EQ(client.wait(20s), 0) << client.output();
}

std::string sparkplug_payload(std::uint64_t seq)
{
    sparkplug::Payload payload;
    payload.set_seq(seq);
    auto* metric = payload.add_metrics();
    metric->set_name("Level");
    metric->set_datatype(10);
    metric->set_double_value(1.5);
    return payload.SerializeAsString();
}

std::string from_hex(const std::string& text)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return bytes;
}

bool all_connected(const Gateway& gateway)
{
    return wait_until([&] {
        const auto brokers = gateway.json("/api/v1/gateway")["brokers"];
        return std::all_of(brokers.begin(), brokers.end(),
                           [](const json& broker) { return broker["up"] == true; });
    });
}

bool has_received(const Gateway& gateway, std::uint64_t messages)
{
    return wait_until([&] {
        return gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>() >= messages;
    });
}

TEST(Requests, AskASparkplugNodeForItsBirthAtTheBrokerThatItSpeaksTo)
{
    const Broker house, plant;
    const Listener at_house(house.port(), "spBv1.0/+/NCMD/#");
    const Listener at_plant(plant.port(), "spBv1.0/+/NCMD/#", {}, "%t %q%r %x");
    const Gateway gateway(house.url(), "name = \"house\"", of_a_second_broker + plant.url() + "\"");
    ASSERT_TRUE(all_connected(gateway));
    publish_bytes(plant, "spBv1.0/g/NBIRTH/n", sparkplug_payload(0));
    publish_bytes(plant, "spBv1.0/g/NDATA/n", sparkplug_payload(1));
    publish_bytes(plant, "spBv1.0/g/NDATA/n", sparkplug_payload(7));  // 2 to 6 are missing

    ASSERT_TRUE(at_plant.hears(1)) << gateway.log();
    const std::string begin = "spBv1.0/g/NCMD/n 00 ";  // QoS 0, not retained
    const auto line = at_plant.lines()[0];
    ASSERT_TRUE(line.starts_with(begin)) << line;
    sparkplug::Payload asked;
    ASSERT_TRUE(asked.ParseFromString(from_hex(line.substr(begin.size()))));
    ASSERT_EQ(asked.metrics_size(), 1);
    EXPECT_EQ(asked.metrics(0).name(), "Node Control/Rebirth");
    EXPECT_TRUE(asked.metrics(0).boolean_value());
    EXPECT_THAT(gateway.get("/metrics"),
                HasSubstr("tidegate_requests_total{broker=\"plant\",result=\"sent\"} 1"));

    // A node of the same name at the other broker, of which no birth was heard: that broker's ring, its
    // outlet.
    publish_bytes(house, "spBv1.0/g/NDATA/other", sparkplug_payload(3));
    ASSERT_TRUE(at_house.hears(1));
    EXPECT_THAT(at_house.lines()[0], HasSubstr("spBv1.0/g/NCMD/other"));
    EXPECT_EQ(at_plant.lines().size(), 1U);
}

TEST(Requests, WakeAVictronInstallationOfWhichOnlyWhatIsRetainedIsThere)
{
    const Broker broker;
    broker.publish("N/c0619ab12345/system/0/Serial", R"({"value":"c0619ab12345"})", {"-r"});
    const Listener device(broker.port(), "R/#");
    const Gateway gateway(broker.url());
    ASSERT_TRUE(device.hears(1)) << gateway.log();
    EXPECT_EQ(device.lines()[0], "R/c0619ab12345/keepalive ")
        << "all of it is to be said, since nothing is known";
}

TEST(Requests, AreNotMadeWhereTheConfigurationSaysThatWeOnlyListen)
{
    const Broker broker;
    const Listener device(broker.port(), "#", {}, "%t");
    const Gateway gateway(broker.url(), "requests = false\nstatus_topic = \"\"");
    ASSERT_TRUE(all_connected(gateway));
    publish_bytes(broker, "spBv1.0/g/NDATA/n", sparkplug_payload(7));
    broker.publish("N/c0619ab12345/system/0/Serial", R"({"value":"c0619ab12345"})");
    ASSERT_TRUE(has_received(gateway, 2));
    broker.publish("last", "1");
    ASSERT_TRUE(has_received(gateway, 3));
    EXPECT_EQ(device.lines().size(), 3U) << "and all three are ours";
    EXPECT_THAT(broker.log(), Not(HasSubstr("tidegate-test-requests"))) << "nobody connects for it";
    EXPECT_THAT(gateway.get("/metrics"), Not(HasSubstr("tidegate_requests_total")));
}

struct HostState {
    bool online = false;
    std::int64_t time_ms = 0;
};

std::vector<HostState> states(const Listener& node)
{
    std::vector<HostState> all;
    for (const auto& line : node.payloads()) {
        const auto state = json::parse(line);
        all.push_back({state.at("online").get<bool>(), state.at("timestamp").get<std::int64_t>()});
    }
    return all;
}

TEST(SparkplugHostState, IsSaidWithAWillContradictedAndTakenBack)
{
    const Broker broker;
    const Listener node(broker.port(), "spBv1.0/STATE/scada");
    Gateway gateway(broker.url(), "sparkplug_host = \"scada\"");
    ASSERT_TRUE(node.hears(1)) << gateway.log();
    const auto birth = states(node)[0];
    EXPECT_TRUE(birth.online);

    // The will of an earlier session, or of somebody else, comes behind: the birth is said again, as it was.
    broker.publish("spBv1.0/STATE/scada", R"({"online":false,"timestamp":1})", {"-r"});
    ASSERT_TRUE(node.hears(3));
    EXPECT_TRUE(states(node)[2].online);
    EXPECT_EQ(states(node)[2].time_ms, birth.time_ms);

    gateway.kill();
    ASSERT_TRUE(node.hears(4)) << "the broker says it";
    EXPECT_FALSE(states(node)[3].online);
    EXPECT_EQ(states(node)[3].time_ms, birth.time_ms) << "with the time of the birth that it ends";

    gateway.start();
    ASSERT_TRUE(node.hears(5));
    const auto again = states(node)[4];
    EXPECT_TRUE(again.online);
    EXPECT_GT(again.time_ms, birth.time_ms);

    EXPECT_EQ(gateway.stop(), 0);
    ASSERT_TRUE(node.hears(6));
    EXPECT_FALSE(states(node)[5].online) << "taken back by ourselves";
    EXPECT_GE(states(node)[5].time_ms, again.time_ms);
    EXPECT_EQ(states(node).size(), 6U);
}

TEST(SparkplugHostState, IsRetainedForNodesThatComeLater)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "sparkplug_host = \"scada\"");
    ASSERT_TRUE(wait_until([&] {
        return gateway.get("/metrics").find("tidegate_sparkplug_host_online{broker=\"broker\"} 1") !=
               std::string::npos;
    })) << gateway.log();
    const Listener node(broker.port(), "spBv1.0/STATE/scada", {}, "%t %r%p");
    ASSERT_TRUE(node.hears(1));
    EXPECT_THAT(node.payloads()[0], testing::StartsWith("1{\"online\":true"));
    EXPECT_EQ(gateway.json("/api/v1/series")["series"].size(), 0U) << "our own state is no series";
}

}  // namespace
}  // namespace tidegate::tests
