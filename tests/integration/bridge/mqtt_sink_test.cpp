#include "bridge/mqtt_sink.hpp"

#include "bridge/intake_ring.hpp"
#include "bridge/subscriber.hpp"
#include "support/broker.hpp"
#include "support/delivery.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::wait_until;

// A second broker, and somebody behind it who listens.
struct MqttSinkTest : testing::TestWithParam<int> {
    tests::Broker broker;
    tests::Records records{500};
    tests::TempDir dir;
    std::unique_ptr<IntakeRing> ring = IntakeRing::open(dir / "ring", 1024UL * 1024).value();
    Subscriber listener{{.broker = {.url = broker.url(), .client_id = "listener"}}, *ring};

    void SetUp() override
    {
        ASSERT_TRUE(listener.start());
        ASSERT_TRUE(wait_until([&] { return listener.status().connected; }));
    }
    std::unique_ptr<MqttSink> make(std::chrono::milliseconds acknowledged_within = 10s) const
    {
        MqttSinkOptions options{.broker = {.url = broker.url()}};
        options.broker.version = GetParam();
        options.acknowledged_within = acknowledged_within;
        return MqttSink::make(options).value();
    }
    // The next message that the listener has.
    json heard(std::string* topic = nullptr)
    {
        std::optional<Message> message;
        if (!wait_until([&] { return (message = ring->next()).has_value(); })) return "nothing";
        if (topic != nullptr) *topic = message->topic;
        return json::parse(message->payload);
    }
};

TEST_P(MqttSinkTest, PublishesADeliveryAsOneMessage)
{
    const auto sink = make();

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    std::string topic;
    const auto body = heard(&topic);
    EXPECT_EQ(topic, "tidegate/pi-1/up");
    EXPECT_EQ(body["records"].size(), 500);
    EXPECT_EQ(body["records"][499]["seq"], 500);
    EXPECT_EQ(sink->url(), broker.url());
    EXPECT_EQ(sink->kind(), "mqtt");
}

TEST_P(MqttSinkTest, ComesBackWhenTheBrokerDoes)
{
    const auto sink = make();
    ASSERT_TRUE(sink->deliver(records.delivery(), {}));
    heard();

    broker.kill();
    const auto delivered = sink->deliver(records.delivery(), {});
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    broker.start();
    ASSERT_TRUE(wait_until([&] { return listener.status().connects > 1 && listener.status().connected; }));

    EXPECT_TRUE(wait_until([&] { return static_cast<bool>(sink->deliver(records.delivery(), {})); }));
    EXPECT_EQ(heard()["records"].size(), 500);
}

TEST_P(MqttSinkTest, SaysThatABrokerWhichDoesNotAcknowledgeIsUnavailable)
{
    const auto sink = make(300ms);
    ASSERT_TRUE(sink->deliver(records.delivery(), {}));
    heard();
    broker.freeze();

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(delivered.error().what, testing::HasSubstr("no acknowledgement"));
    EXPECT_EQ(sink->reopened(), 1);
    EXPECT_GT(sink->bytes(), 10'000);
    broker.thaw();
    EXPECT_TRUE(wait_until([&] { return static_cast<bool>(sink->deliver(records.delivery(), {})); }));
}

TEST_P(MqttSinkTest, StopsWhileItWaitsForTheAcknowledgement)
{
    const auto sink = make();
    ASSERT_TRUE(sink->deliver(records.delivery(), {}));
    broker.freeze();
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(100ms);  // into the wait; sooner is as right, but tests less
        stop.request_stop();
    });

    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(sink->deliver(records.delivery(), stop.get_token()));

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    broker.thaw();
}

INSTANTIATE_TEST_SUITE_P(Mqtt, MqttSinkTest, testing::Values(4, 5));

TEST(MqttSink, TriesAMessageInPartsWhenTheBrokerEndsTheConnectionAtIt)
{
    tests::Broker broker("max_packet_size 2000");
    const tests::Records many(500);
    const tests::Records few(5);
    const auto sink = MqttSink::make({.broker = {.url = broker.url()}}).value();

    auto delivered = sink->deliver(many.delivery(), {});
    for (int i = 0; i < 5 && !delivered && delivered.error().kind == ErrorKind::unavailable; ++i)
        delivered = sink->deliver(many.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::invalid) << delivered.error().what;
    EXPECT_TRUE(sink->deliver(few.delivery(), {}));
}

TEST(MqttSink, GivesUpOneRecordThatTheBrokerEndsTheConnectionAtTenTimesAndNotOneThatAnOutageMeets)
{
    tests::Broker broker("max_packet_size 100");  // less than any record takes
    const tests::Records one(1);
    const auto sink = MqttSink::make({.broker = {.url = broker.url()}}).value();
    const auto is_lost = [&] {
        const auto delivered = sink->deliver(one.delivery(), {});
        EXPECT_FALSE(delivered);
        return !delivered && delivered.error().kind == ErrorKind::unavailable;
    };
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(is_lost()) << i;
    broker.stop();
    ASSERT_TRUE(is_lost());
    broker.start();
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(is_lost()) << i << ": the outage began the count anew";
    EXPECT_FALSE(is_lost()) << "it is the record";
}

TEST(MqttSink, SaysThatRefusedCredentialsAreDenied)
{
    const tests::TempDir dir;
    std::ofstream(dir / "passwords") << "";
    tests::Broker broker("password_file " + (dir / "passwords").string() + "\nallow_anonymous false");
    MqttSinkOptions options{.broker = {.url = broker.url()}};
    options.broker.user = "me";
    options.broker.password = "wrong";

    const auto delivered = MqttSink::make(options).value()->deliver(tests::Records(1).delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::denied) << delivered.error().what;
}

}  // namespace
}  // namespace tidegate::bridge
