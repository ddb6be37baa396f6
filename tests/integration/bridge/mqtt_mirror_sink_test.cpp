#include "bridge/mqtt_sink.hpp"
#include "support/broker.hpp"
#include "support/delivery.hpp"
#include "support/listener.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

struct MqttMirrorSinkTest : testing::TestWithParam<int> {
    std::unique_ptr<MqttSink> make(std::chrono::milliseconds acknowledged_within = 10s) const
    {
        MqttSinkOptions options{.broker = {.url = broker.url()}, .mirror = true};
        options.broker.version = GetParam();
        options.acknowledged_within = acknowledged_within;
        options.payload.labels = Labels::parse("{gateway}/{topic}", {}).value();
        return MqttSink::make(options).value();
    }

    tests::Broker broker;
    tests::Records records{500};
};

TEST_P(MqttMirrorSinkTest, PublishesEachReadingOnItsOwnTopicInOrder)
{
    const tests::Listener listener(broker.port(), "pi-1/#");
    const auto sink = make();

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    EXPECT_EQ(sink->settled(), 500);
    ASSERT_TRUE(listener.hears(500));
    const auto heard = listener.lines();
    ASSERT_EQ(heard.size(), 500);
    for (std::size_t i = 0; i < heard.size(); ++i)
        ASSERT_EQ(heard[i], "pi-1/plant/boiler/temperature " + std::to_string(i + 1));
}

TEST_P(MqttMirrorSinkTest, SettlesNothingThatABrokerDoesNotAcknowledge)
{
    const auto sink = make(2s);
    ASSERT_TRUE(sink->deliver(records.delivery(), {}));
    broker.freeze();

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(sink->settled(), 0);
    broker.thaw();
    EXPECT_TRUE(tests::wait_until([&] { return static_cast<bool>(sink->deliver(records.delivery(), {})); }));
}

INSTANTIATE_TEST_SUITE_P(Mqtt, MqttMirrorSinkTest, testing::Values(4, 5));

TEST(MqttMirrorSink, SaysWithMqtt5WhichReadingItIs)
{
    const tests::Broker broker;
    const tests::Listener listener(broker.port(), "#", {"-V", "5"}, "%t %P");
    const tests::Records one(1);

    ASSERT_TRUE(MqttSink::make({.broker = {.url = broker.url()}, .mirror = true})
                    .value()
                    ->deliver(one.delivery(), {}));

    ASSERT_TRUE(listener.hears(1));
    EXPECT_EQ(listener.payloads()[0], "idempotency-key:pi-1/000000000000b7c1/1-1 time:1764000000000");
}

TEST(MqttMirrorSink, GivesUpOneReadingThatTheBrokerEndsTheConnectionAtTenTimesAndGoesOn)
{
    const tests::Broker broker("max_packet_size 40");  // less than any reading takes
    const tests::Records one(1);
    const auto sink = MqttSink::make({.broker = {.url = broker.url()}, .mirror = true}).value();
    for (int i = 0; i < 9; ++i) {
        const auto delivered = sink->deliver(one.delivery(), {});
        ASSERT_FALSE(delivered);
        ASSERT_EQ(delivered.error().kind, ErrorKind::unavailable) << i;
    }
    const auto last = sink->deliver(one.delivery(), {});
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tidegate::bridge
