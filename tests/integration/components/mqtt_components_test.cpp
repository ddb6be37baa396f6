// MQTT upstreams that others made: Mosquitto with client certificates, a NATS JetStream cluster, RabbitMQ.
#include "integration/components/component_fixture.hpp"
#include "support/certificate.hpp"
#include "support/nats.hpp"
#include "support/rabbitmq.hpp"

#include <algorithm>
#include <set>

namespace tidegate::tests {
namespace {

std::string mqtt(const std::string& url)
{
    return "kind = \"mqtt\"\nurl = \"" + url + "\"\n";
}

// Lines for a Mosquitto that lets in only whom it knows by certificate, on this port.
std::string strict_listener(std::uint16_t port, const Certificate& theirs, const Certificate& ours)
{
    return "listener " + std::to_string(port) +
           " 127.0.0.1\nallow_anonymous true\nrequire_certificate true\ncafile " + ours.file().string() +
           "\ncertfile " + theirs.file().string() + "\nkeyfile " + theirs.key().string();
}

TEST_F(RealComponents, MosquittoWithClientCertificatesGetsEachReadingOnceThoughItIsRestarted)
{
    const Certificate theirs, ours;
    const auto port = free_port();
    Broker cloud{strict_listener(port, theirs, ours)};
    const Listener listener(cloud.port(), "tidegate/test/up");
    const auto url = "mqtts://127.0.0.1:" + std::to_string(port);
    start(mqtt(url) + "ca_file = \"" + theirs.file().string() + "\"\ncertificate_file = \"" +
          ours.file().string() + "\"\nkey_file = \"" + ours.key().string() + "\"\n");
    outlives(
        "Mosquitto", listener, [&] { cloud.stop(); }, [&] { cloud.start(); });
}

TEST_F(RealComponents, MosquittoTakesNothingFromAGatewayWithoutItsCertificate)
{
    const Certificate theirs, ours;
    const auto port = free_port();
    Broker cloud{strict_listener(port, theirs, ours)};
    start(mqtt("mqtts://127.0.0.1:" + std::to_string(port)) + "ca_file = \"" + theirs.file().string() +
          "\"\n");
    publish(1, 10);
    const auto failed = [&] { return gateway->json("/api/v1/upstreams")["upstreams"][0]["try"] > 0; };
    ASSERT_TRUE(wait_until(failed, std::chrono::seconds(30)));
    EXPECT_EQ(books()["upstreams"][0]["delivered"], 0);
    EXPECT_EQ(imbalance(books()), "");
}

TEST_F(RealComponents, MosquittoGetsEachReadingOnItsOwnTopicWhenMirroredThoughItIsRestarted)
{
    Broker cloud;
    const Listener listener(cloud.port(), "site/#");
    start(mqtt(cloud.url()) + "mode = \"mirror\"\nrename = \"site/{topic}\"\n");
    publish(1, 2000);
    ASSERT_TRUE(delivers(200)) << gateway->log();
    cloud.stop();
    publish(2001, 3000);
    cloud.start();
    EXPECT_TRUE(drained(3000)) << gateway->log();
    site.publish("plant/boiler", R"({"water":{"in":61.5,"ok":true}})");

    const auto heard = [&](const std::string& line) {
        return wait_until([&] { return std::ranges::count(listener.lines(), line) == 1; },
                          std::chrono::seconds(20));
    };
    EXPECT_TRUE(heard("site/plant/boiler/water/in 61.5"));
    EXPECT_TRUE(heard("site/plant/boiler/water/ok true"));
    std::multiset<std::string> values;
    for (const auto& line : listener.lines())
        if (line.starts_with("site/plant/counter ")) values.insert(line.substr(line.find(' ') + 1));
    const std::set<std::string> different(values.begin(), values.end());
    EXPECT_EQ(different.size(), 3000);
    std::printf("Mosquitto, mirrored: 3000 readings, %zu repeated\n", values.size() - different.size());
}

TEST_F(RealComponents, NatsJetStreamGetsEachReadingOnceThoughANodeIsKilledDuringTheDrain)
{
    NatsCluster cloud;
    const Listener listener(cloud.mqtt_port(1), "tidegate/test/up", {"-V", "311"});
    start(mqtt(cloud.url(0)));
    outlives(
        "NATS, another node killed", listener, [&] { cloud.kill(2); },
        [&] {});  // two of three are left, and have to acknowledge
}

TEST_F(RealComponents, NatsJetStreamGetsEachReadingOnceThoughTheNodeThatWeSpeakToIsKilled)
{
    NatsCluster cloud;
    const Listener listener(cloud.mqtt_port(1), "tidegate/test/up", {"-V", "311"});
    start(mqtt(cloud.url(0)));
    outlives(
        "NATS, our node killed", listener, [&] { cloud.kill(0); }, [&] { cloud.start(0); });
}

TEST_F(RealComponents, RabbitMqGetsEachReadingOnceThoughItIsKilled)
{
    RabbitMq cloud;
    const Listener listener(cloud.port(), "tidegate/test/up", {"-V", "311"});
    start(mqtt(cloud.url()));
    outlives(
        "RabbitMQ", listener, [&] { cloud.kill(); }, [&] { cloud.start(); });
}

}  // namespace
}  // namespace tidegate::tests
