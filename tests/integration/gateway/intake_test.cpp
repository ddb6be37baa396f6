// What comes in from a real broker, seen from outside the daemon.
#include "bridge/intake_ring.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tidegate::tests {
namespace {

using nlohmann::json;

bool connected(const Gateway& gateway, int times = 1)
{
    return wait_until([&] {
        const auto broker = gateway.json("/api/v1/gateway")["brokers"][0];
        return broker["up"].get<bool>() && broker["connects"].get<int>() >= times;
    });
}

std::uint64_t received(const Gateway& gateway)
{
    return gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
}

// The values of the one series that there is.
std::vector<std::uint64_t> stored(const Gateway& gateway)
{
    const auto answer = gateway.json("/api/v1/history?series=1&points=100000");
    return answer["series"][0]["v"].get<std::vector<std::uint64_t>>();
}

std::string numbers(int first, int count)
{
    std::string lines;
    for (int i = first; i < first + count; ++i) lines += std::to_string(i) + "\n";
    return lines;
}

TEST(Intake, EndsWellWhenItIsToldToWhileItStarts)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_EQ(gateway.stop(), 0);
    for (int times = 0; times < 5; ++times) {
        Process starting({TIDEGATE_BINARY, "run", "-c", (gateway.dir() / "tidegate.toml").string()},
                         {.output = gateway.dir() / fmt::format("starting-{}.log", times)});
        ASSERT_TRUE(wait_until([&] { return starting.output().find("store opened") != std::string::npos; }));
        starting.kill(SIGTERM);
        EXPECT_EQ(starting.wait(), 0) << starting.output();
    }
}

TEST(Intake, MarksWhatTheBrokerHadKept)
{
    const Broker broker;
    broker.publish("plant/old", "5", {"-r"});
    const Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    broker.publish("plant/new", "6");
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 2; }));

    const auto list = gateway.json("/api/v1/series")["series"];
    ASSERT_EQ(list.size(), 2);
    for (const auto& series : list)
        EXPECT_EQ(series["latest"]["retained"], series["topic"] == "plant/old") << series;
    std::istringstream lines(gateway.get("/api/v1/export?format=ndjson"));
    int read = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto open = line.find('{');
        if (open != 0) continue;  // the length of a chunk
        const auto reading = json::parse(line);
        const auto flags = reading.value("flags", std::vector<std::string>());
        EXPECT_EQ(std::ranges::count(flags, "retained"), reading["topic"] == "plant/old" ? 1 : 0) << line;
        ++read;
    }
    EXPECT_EQ(read, 2);
}

TEST(Intake, TakesFromSeveralBrokersAndTellsThemApart)
{
    Broker house;
    const Broker attic;
    Gateway gateway(house.url(), "name = \"house\"",
                    "[[broker]]\nname = \"attic\"\nurl = \"" + attic.url() +
                        "\"\nfilters = [\"plant/#\", {filter = \"noise/#\", qos = 0}]");
    const auto broker = [&](int index) { return gateway.json("/api/v1/gateway")["brokers"][index]; };
    ASSERT_TRUE(wait_until([&] { return broker(0)["up"] == true && broker(1)["up"] == true; }));
    EXPECT_EQ(broker(0)["id"], "house");
    EXPECT_EQ(broker(1)["id"], "attic");

    house.publish("plant/a", "1");
    attic.publish("plant/b", "2");
    attic.publish("other/c", "3");
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 2; }));

    house.stop();
    ASSERT_TRUE(wait_until([&] { return broker(0)["up"] == false; }));
    EXPECT_EQ(broker(1)["up"], true);
    attic.publish("plant/b", "4");
    EXPECT_TRUE(wait_until([&] { return received(gateway) == 3; }))
        << "one that is away holds up nobody else";
    const auto metrics = gateway.get("/metrics");
    EXPECT_THAT(metrics, testing::HasSubstr("tidegate_broker_up{broker=\"house\"} 0"));
    EXPECT_THAT(metrics, testing::HasSubstr("tidegate_broker_up{broker=\"attic\"} 1"));
    EXPECT_THAT(metrics,
                testing::HasSubstr("tidegate_broker_reconnects_total{broker=\"attic\",reason=\"silent\"} 0"));

    // Each goes on behind what is committed of it.
    gateway.kill();
    attic.publish("plant/b", "5");
    house.start();
    gateway.start();
    house.publish("plant/a", "6");
    EXPECT_TRUE(wait_until([&] { return received(gateway) == 5; })) << received(gateway);
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

TEST(Intake, TakesInWhatIsLeftInTheRingOfABrokerThatIsConfiguredNoMore)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
    const auto file = gateway.dir() / "run" / "intake-attic.ring";
    {
        const auto ring = bridge::IntakeRing::open(file, bridge::IntakeRing::least_capacity).value();
        ASSERT_TRUE(
            ring->push({.topic = "plant/attic", .payload = "7", .arrived_ms = 1'790'000'000'000}, {}));
    }

    gateway.start();

    EXPECT_TRUE(wait_until([&] { return received(gateway) == 1; }));
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
    EXPECT_FALSE(std::filesystem::exists(file)) << "it is empty, and nobody fills it any more";
    gateway.start();
    EXPECT_EQ(received(gateway), 1);
}

TEST(Intake, SaysOnItsStatusTopicWhetherItIsThere)
{
    const Broker broker;
    Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    const auto said = [&] {
        Process client({"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-t",
                        "tidegate/test/status", "-C", "1", "-W", "5"},
                       {.output = broker.dir() / "status"});
        EXPECT_EQ(client.wait(), 0);
        const auto text = client.output();
        std::filesystem::remove(broker.dir() / "status");
        return json::parse(text)["status"].get<std::string>();
    };

    EXPECT_TRUE(wait_until([&] { return said() == "online"; }));
    gateway.kill();
    EXPECT_TRUE(wait_until([&] { return said() == "offline"; })) << "the broker says it";
    gateway.start();
    EXPECT_TRUE(wait_until([&] { return said() == "online"; }));
    EXPECT_EQ(gateway.json("/api/v1/series")["series"].size(), 0) << "that is no reading";
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
    EXPECT_EQ(said(), "offline");
}

TEST(Intake, RefusesASecretThatOthersCanRead)
{
    const TempDir dir;
    std::ofstream(dir / "password") << "s3cret\n";
    std::filesystem::permissions(dir / "password", std::filesystem::perms(0644));
    std::ofstream(dir / "tidegate.toml")
        << "[gateway]\nstate_directory = \"" << (dir / "state").string() << "\"\n[broker]\npassword_file = \""
        << (dir / "password").string() << "\"\n[web]\nport = 0\n";
    Process refused({TIDEGATE_BINARY, "run", "-c", (dir / "tidegate.toml").string()},
                    {.output = dir / "log"});

    EXPECT_NE(refused.wait().value_or(0), 0);
    EXPECT_THAT(refused.output(), testing::HasSubstr("broker broker, password_file: "));
    EXPECT_THAT(refused.output(), testing::HasSubstr("others can read this secret; chmod 600 it"));
}

TEST(Intake, SaysWhichBrokerIsAway)
{
    Broker broker;
    const Gateway gateway(broker.url());
    ASSERT_TRUE(connected(gateway));
    EXPECT_EQ(gateway.get("/readyz"), "ready\n");
    EXPECT_THAT(gateway.get("/metrics"), testing::HasSubstr("tidegate_broker_up{broker=\"broker\"} 1"));

    broker.stop();

    ASSERT_TRUE(wait_until([&] { return gateway.get("/readyz") != "ready\n"; }));
    EXPECT_THAT(gateway.get("/readyz"), testing::HasSubstr("broker broker: " + broker.url()));
    EXPECT_THAT(gateway.get("/metrics"), testing::HasSubstr("tidegate_broker_up{broker=\"broker\"} 0"));
    EXPECT_TRUE(wait_until(
        [&] { return gateway.json("/api/v1/gateway")["broker"]["next"].get<std::int64_t>() > 0; }));
}

TEST(Intake, IsDividedBetweenGatewaysByASharedSubscriptionAndLosesNothing)
{
    Broker broker;
    const std::string filters = "filters = [\"$share/gateways/plant/#\"]\nclient_id = ";
    Gateway one(broker.url(), filters + "\"one\"");
    Gateway two(broker.url(), filters + "\"two\"");
    ASSERT_TRUE(connected(one) && connected(two));
    const auto both = [&] { return received(one) + received(two); };

    broker.publish_lines("plant/a", numbers(0, 1000));
    ASSERT_TRUE(wait_until([&] { return both() == 1000; })) << both();
    EXPECT_GT(received(one), 300);
    EXPECT_GT(received(two), 300);

    // Mosquitto 2.0.11 forgets shared subscriptions when it restarts, though it says that it has the session.
    broker.stop();
    broker.start();
    ASSERT_TRUE(connected(one, 2) && connected(two, 2));
    broker.publish_lines("plant/a", numbers(1000, 1000));
    ASSERT_TRUE(wait_until([&] { return both() == 2000; })) << both();

    // The half of one that is away waits for it.
    EXPECT_EQ(two.stop(), 0) << two.log();
    broker.publish_lines("plant/a", numbers(2000, 1000));
    two.start();
    ASSERT_TRUE(wait_until([&] { return both() == 3000; })) << both();

    std::set<std::uint64_t> values;
    for (const auto* gateway : {&one, &two})
        for (const auto value : stored(*gateway)) values.insert(value);
    EXPECT_EQ(values.size(), 3000) << "each number is with one of them";
    EXPECT_EQ(imbalance(one.json("/api/v1/books")), "");
    EXPECT_EQ(imbalance(two.json("/api/v1/books")), "");
}

}  // namespace
}  // namespace tidegate::tests
