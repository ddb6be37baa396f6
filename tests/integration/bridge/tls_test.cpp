#include "bridge/subscriber.hpp"
#include "support/broker.hpp"
#include "support/certificate.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using tests::wait_until;

struct MqttTlsTest : testing::Test {
    tests::Certificate certificate;
    std::uint16_t port = tests::free_port();
    tests::Broker broker{"listener " + std::to_string(port) + " 127.0.0.1\nallow_anonymous true\ncertfile " +
                         certificate.file().string() + "\nkeyfile " + certificate.key().string()};
    tests::TempDir dir;
    std::unique_ptr<IntakeRing> ring = IntakeRing::open(dir / "ring", IntakeRing::least_capacity).value();
    SubscriberOptions options{.broker = {.url = "mqtts://127.0.0.1:" + std::to_string(port)}};
};

TEST_F(MqttTlsTest, ReceivesFromABrokerWhoseCertificateItTrusts)
{
    options.broker.ca_file = certificate.file().string();
    Subscriber subscriber(options, *ring);
    ASSERT_TRUE(subscriber.start());
    ASSERT_TRUE(wait_until([&] { return subscriber.status().connected; })) << subscriber.status().why;

    broker.publish("t", "secret");

    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    EXPECT_EQ(ring->next().value().payload, "secret");
}

TEST_F(MqttTlsTest, RefusesABrokerWhoseCertificateItDoesNotTrust)
{
    const tests::Certificate other;
    options.broker.ca_file = other.file().string();
    Subscriber subscriber(options, *ring);
    ASSERT_TRUE(subscriber.start());

    ASSERT_TRUE(wait_until([&] { return !subscriber.status().why.empty(); }));
    EXPECT_FALSE(wait_until([&] { return subscriber.status().connected; }, 500ms));
}

TEST_F(MqttTlsTest, RefusesACertificateForAnotherName)
{
    options.broker.ca_file = certificate.file().string();
    options.broker.url = "mqtts://127.0.0.2:" + std::to_string(port);
    tests::Broker wide{"listener " + std::to_string(port) + " 127.0.0.2\nallow_anonymous true\ncertfile " +
                       certificate.file().string() + "\nkeyfile " + certificate.key().string()};
    Subscriber subscriber(options, *ring);
    ASSERT_TRUE(subscriber.start());

    ASSERT_TRUE(wait_until([&] { return !subscriber.status().why.empty(); }));
    EXPECT_FALSE(wait_until([&] { return subscriber.status().connected; }, 500ms));
}

TEST_F(MqttTlsTest, ShowsItsCertificateToABrokerThatAsksForOne)
{
    const tests::Certificate ours;
    const auto strict_port = tests::free_port();
    tests::Broker strict{"listener " + std::to_string(strict_port) +
                         " 127.0.0.1\nallow_anonymous true\nrequire_certificate true\ncafile " +
                         ours.file().string() + "\ncertfile " + certificate.file().string() + "\nkeyfile " +
                         certificate.key().string()};
    options.broker.url = "mqtts://127.0.0.1:" + std::to_string(strict_port);
    options.broker.ca_file = certificate.file().string();
    {
        Subscriber refused(options, *ring);
        ASSERT_TRUE(refused.start());
        ASSERT_TRUE(wait_until([&] { return !refused.status().why.empty(); }));
        EXPECT_FALSE(wait_until([&] { return refused.status().connected; }, 500ms)) << "without one";
    }
    options.broker.certificate_file = ours.file().string();
    options.broker.key_file = ours.key().string();
    Subscriber subscriber(options, *ring);
    ASSERT_TRUE(subscriber.start());
    EXPECT_TRUE(wait_until([&] { return subscriber.status().connected; })) << subscriber.status().why;
}

TEST_F(MqttTlsTest, NamesTheHostAndTheProtocolWhenTlsBegins)
{
    const auto server_port = tests::free_port();
    tests::Process server(
        {"openssl", "s_server", "-accept", std::to_string(server_port), "-cert", certificate.file().string(),
         "-key", certificate.key().string(), "-alpn", "mqtt", "-servername", "another", "-cert2",
         certificate.file().string(), "-key2", certificate.key().string()},
        {.output = dir / "server.log", .input = "/dev/zero"});  // it ends where its input does
    ASSERT_TRUE(wait_until([&] { return server.output().find("ACCEPT") != std::string::npos; }));
    options.broker.url = "mqtts://localhost:" + std::to_string(server_port);
    options.broker.ca_file = certificate.file().string();
    options.broker.alpn = "mqtt";
    Subscriber subscriber(options, *ring);
    ASSERT_TRUE(subscriber.start());

    const auto says = [&](const char* what) {
        return wait_until([&] { return server.output().find(what) != std::string::npos; });
    };
    EXPECT_TRUE(says("ALPN protocols selected: mqtt")) << server.output();
    EXPECT_TRUE(says("Hostname in TLS extension: \"localhost\"")) << server.output();
}

}  // namespace
}  // namespace tidegate::bridge
