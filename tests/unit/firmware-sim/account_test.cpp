#include "firmware-sim/account.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace tidegate::sim;

TEST(Latency, FindsQuantilesToAFewPercent)
{
    Latency latency;
    for (std::int64_t us = 1; us <= 100'000; ++us) latency.add(us);

    EXPECT_NEAR(latency.quantile_ms(0.5), 50, 50 * 0.07);
    EXPECT_NEAR(latency.quantile_ms(0.99), 99, 99 * 0.07);
    EXPECT_DOUBLE_EQ(latency.longest_ms(), 100);
    EXPECT_DOUBLE_EQ(latency.quantile_ms(1), 100);
}

TEST(Latency, IsZeroWhenNothingWasMeasured)
{
    EXPECT_DOUBLE_EQ(Latency().quantile_ms(0.5), 0);
    EXPECT_DOUBLE_EQ(Latency().longest_ms(), 0);
}

TEST(Account, SaysInJsonWhatCame)
{
    Account account;
    account.published = 1000;
    account.acknowledged = 990;
    account.seconds = 10;
    account.cpu_seconds = 0.0495;
    account.puback.add(2000);
    account.faults["bad"] = 3;
    const auto said = nlohmann::json::parse(as_json(account));

    EXPECT_EQ(said.at("failed"), 10);
    EXPECT_DOUBLE_EQ(said.at("rate"), 99);
    EXPECT_DOUBLE_EQ(said.at("cpu_us_per_message"), 50);
    EXPECT_DOUBLE_EQ(said.at("puback_max_ms"), 2);
    EXPECT_DOUBLE_EQ(said.at("puback_p999_ms"), 2);
    EXPECT_EQ(said.at("faults").at("bad"), 3);
}

TEST(Latency, AddsUpWhatSeveralConnectionsMeasured)
{
    Latency all, one, other;
    for (int i = 0; i < 99; ++i) one.add(1000);
    other.add(9000);
    all.add(one);
    all.add(other);
    EXPECT_NEAR(all.quantile_ms(0.5), 1, 0.07);
    EXPECT_DOUBLE_EQ(all.longest_ms(), 9);
}
