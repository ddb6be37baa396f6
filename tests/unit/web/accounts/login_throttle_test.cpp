#include "web/accounts/login_throttle.hpp"

#include "web/accounts/network_of.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

constexpr std::int64_t second = 1000;

TEST(LoginThrottle, DoublesTheDelayUpToAMinute)
{
    LoginThrottle throttle;
    std::int64_t now = second;
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "anna", now), 0);
    for (const std::int64_t wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
        throttle.failed("192.0.2.1", "anna", now);
        EXPECT_EQ(throttle.wait_s("192.0.2.1", "anna", now), wait);
        now += wait * second;
        EXPECT_EQ(throttle.wait_s("192.0.2.1", "anna", now), 0);
    }
}

TEST(LoginThrottle, HoldsUpNobodyElse)
{
    LoginThrottle throttle;
    for (int i = 0; i < 10; ++i) throttle.failed("192.0.2.1", "anna", 0);

    EXPECT_GT(throttle.wait_s("192.0.2.1", "anna", 0), 0);
    EXPECT_EQ(throttle.wait_s("192.0.2.2", "anna", 0), 0) << "no account is ever locked";
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "bert", 0), 0);
}

TEST(LoginThrottle, HoldsUpNobodyForOthersWhoTryFromTheSameAddress)
{
    LoginThrottle throttle;
    for (int i = 0; i < 5000; ++i) throttle.failed("192.0.2.1", "user" + std::to_string(i), 0);
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "dora", 0), 0) << "a household, or all behind a proxy";
}

TEST(LoginThrottle, ForgetsAfterSuccessAndAfterAWhile)
{
    LoginThrottle throttle;
    for (int i = 0; i < 5; ++i) throttle.failed("192.0.2.1", "anna", 0);
    throttle.succeeded("192.0.2.1", "anna");
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "anna", 0), 0);

    for (int i = 0; i < 9; ++i) throttle.failed("192.0.2.1", "bert", 0);
    throttle.failed("192.0.2.1", "bert", 16 * 60 * second);
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "bert", 16 * 60 * second), 1);
}

TEST(LoginThrottle, IsBoundedAndForgetsWhatWasQuietTheLongest)
{
    LoginThrottle throttle(100);
    for (int i = 0; i < 8; ++i) throttle.failed("192.0.2.1", "anna", 1'000'000);
    for (int i = 0; i < 1000; ++i)
        throttle.failed("198.51.100." + std::to_string(i % 250), std::to_string(i), i);

    EXPECT_LE(throttle.size(), 100U);
    EXPECT_EQ(throttle.wait_s("192.0.2.1", "anna", 1'000'000), 60);
}

TEST(LoginThrottle, TakesANetworkOfIPv6ForOneAddress)
{
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::/64");
    EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of("::1"), "::1");
}

}  // namespace
}  // namespace tidegate::web
