// A Kafka upstream of three brokers, one of which goes down during the drain.
#include "support/kafka.hpp"

#include "integration/components/component_fixture.hpp"

namespace tidegate::tests {
namespace {

TEST_F(RealComponents, KafkaGetsEachReadingOnceThoughTheLeaderGoesDownDuringTheDrain)
{
    MockKafka cloud(3, "readings", 1);
    cloud.lead("readings", 0, 1);
    start("kind = \"kafka\"\nurl = \"" + cloud.url() + "\"\ntopic = \"readings\"\n");
    publish(1, 3000);
    ASSERT_TRUE(delivers(200)) << gateway->log();
    cloud.down(1);
    publish(3001, 4000);
    cloud.lead("readings", 0, 2);
    publish(4001, 5000);

    EXPECT_TRUE(drained(5000)) << gateway->log();
    cloud.up(1);
    Archive archive;
    for (const auto& record : everything_in(cloud, "readings")) archive.take(record.value);
    EXPECT_EQ(archive.missing(5000), "");
    std::printf("Kafka: 5000 readings, %zu repeated\n", archive.repeats());
}

}  // namespace
}  // namespace tidegate::tests
