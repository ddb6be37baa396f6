// A site of every family that is simulated, through a real broker to the real gateway.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json simulate(const Broker& broker, std::vector<std::string> options)
{
    options.insert(options.begin(),
                   {TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--json", "--shapes", "all"});
    Process simulator(options, {.output = broker.dir() / "sim.log"});
    if (simulator.wait(60s) != 0) throw std::runtime_error("tidegate-sim: " + simulator.output());
    const auto output = simulator.output();
    return json::parse(output.substr(output.rfind("{\"published\"")));
}

double metric(const std::string& metrics, const std::string& name)
{
    const auto at = metrics.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(metrics.substr(at + name.size() + 2));
}

double sum_of(const std::string& metrics, const std::string& name)
{
    double sum = 0;
    for (auto at = metrics.find("\n" + name + "{"); at != std::string::npos;
         at = metrics.find("\n" + name + "{", at + 1))
        sum += std::stod(metrics.substr(metrics.find("} ", at) + 2));
    return sum;
}

TEST(SimulatedHouse, IsTakenInWholeWithNothingRejectedButWhatIsMeantToBeBad)
{
    const Broker broker;
    Gateway gateway(broker.url(), "requests = false");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0]["up"] == true; }, 20s));
    const auto account =
        simulate(broker, {"--devices", "150", "--rate", "1500", "--duration", "8", "--connections", "3",
                          "--fault", "bad=0.01,duplicate=0.005,late=0.002,reboot=0.0005"});
    ASSERT_EQ(account.at("failed"), 0);
    const auto received = [&] { return metric(gateway.get("/metrics"), "tidegate_messages_received_total"); };
    ASSERT_TRUE(wait_until([&] { return received() == account.at("published").get<double>(); }, 20s))
        << received();
    const auto metrics = gateway.get("/metrics");
    EXPECT_EQ(sum_of(metrics, "tidegate_messages_rejected_total"),
              account.at("faults").at("bad").get<double>());
    EXPECT_GT(account.at("faults").at("bad"), 50);
    EXPECT_EQ(metric(metrics, "tidegate_messages_stored_total") +
                  sum_of(metrics, "tidegate_messages_rejected_total"),
              received());

    // A device of each family is there, by the name that its decoder gives it.
    const auto devices = gateway.json("/api/v1/devices");
    EXPECT_GE(devices.at("devices").size(), 120U);
    std::set<std::string> topics;
    const auto series = gateway.json("/api/v1/series?limit=5000");
    for (const auto& one : series.at("series")) topics.insert(one["topic"]);
    for (const auto* topic : {"plant/boiler-house/pump-01/pressure",
                              "tele/climate-01/SENSOR",
                              "shellies/shelly1pm-A00001/relay/0/power",
                              "shellyplus1pm-5432044e0001/events/rpc",
                              "zigbee2mqtt/hall-climate-01",
                              "esp-air-01/sensor/co2/state",
                              "garden/weather-01/state",
                              "homie/boiler-01/heat/flow",
                              "homie/5/shutter-01/blind/position",
                              "spBv1.0/works/NDATA/line-01",
                              "v3/site@ttn/devices/meadow-001/up",
                              "rtl_433/attic/events",
                              "home/theengs/BTtoMQTT/A4C138000001",
                              "N/c0619ab00001/battery/512/Soc",
                              "owntracks/fleet/van-01",
                              "/devices/wb-msw-v3_1/controls/CO2",
                              "zwave/Node_1/49/0/Air_temperature",
                              "evcc/loadpoints/1/chargePower",
                              "roof/inverter-01/grid_voltage/value",
                              "farm/greenhouse-01",
                              "senml/1",
                              "coldchain/node-001",
                              "machines/mote-001",
                              "telegraf/server-01/cpu"})
        EXPECT_EQ(topics.count(topic), 1U) << topic;
}

}  // namespace
}  // namespace tidegate::tests
