#include "firmware-sim/publisher.hpp"

#include "firmware-sim/options.hpp"
#include "support/broker.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

using namespace tidegate::sim;
using namespace tidegate::tests;

TEST(Publisher, ReconnectsOnceHoweverMuchTheLastConnectionHadNotWritten)
{
    Broker broker;
    Options options;
    options.host = "127.0.0.1";
    options.port = broker.port();
    options.client_id = "publisher";
    Publisher publisher(options);
    ASSERT_EQ(publisher.connect(), "");

    broker.freeze();
    const std::string more_than_the_socket_takes(100'000, 'x');
    while (publisher.room() > 0) publisher.publish({"big", more_than_the_socket_takes});
    broker.kill();
    ASSERT_TRUE(wait_until([&] { return !publisher.connected(); }));
    broker.start();

    ASSERT_TRUE(wait_until([&] { return publisher.connect().empty(); }));
    EXPECT_TRUE(wait_until([&] { return publisher.waiting() == 0; }));
    EXPECT_TRUE(publisher.connected());
    const auto account = publisher.account();
    EXPECT_EQ(account.reconnects, 1U);
    EXPECT_EQ(account.acknowledged, Publisher::most_waiting);
    publisher.disconnect(std::chrono::seconds(1));
}
