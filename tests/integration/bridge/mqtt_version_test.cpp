#include "bridge/subscriber.hpp"
#include "support/old_broker.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using tests::wait_until;

struct MqttVersionTest : testing::TestWithParam<std::vector<std::uint8_t>> {};

TEST_P(MqttVersionTest, FallsBackTo311WhenTheBrokerRefuses5)
{
    tests::OldBroker broker(GetParam());
    const tests::TempDir dir;
    const auto ring = IntakeRing::open(dir / "intake.ring", IntakeRing::least_capacity).value();
    Subscriber subscriber({.broker = {.url = broker.url()}}, *ring);

    ASSERT_TRUE(subscriber.start());

    ASSERT_TRUE(wait_until([&] { return subscriber.status().connected; })) << subscriber.status().why;
    EXPECT_EQ(subscriber.status().version, 4);
    EXPECT_EQ(subscriber.status().why, "");
    EXPECT_EQ(broker.refused(), 1);
}

// As MQTT 5 has it; as 3.1.1 has it, in 0x01, from a broker that knows of no properties; and without a word,
// as RabbitMQ 3 does it.
INSTANTIATE_TEST_SUITE_P(Refusal,
                         MqttVersionTest,
                         testing::Values(std::vector<std::uint8_t>{0x20, 3, 0, 0x84, 0},
                                         std::vector<std::uint8_t>{0x20, 2, 0, 0x84},
                                         std::vector<std::uint8_t>{0x20, 2, 0, 0x01},
                                         std::vector<std::uint8_t>{}));

}  // namespace
}  // namespace tidegate::bridge
