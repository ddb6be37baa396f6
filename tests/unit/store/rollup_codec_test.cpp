#include "store/rollup_codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace tidegate::store {
namespace {

constexpr std::int64_t base = 1'764'000'000'000 / day_ms * day_ms;

void expect_round_trip(const std::vector<Rollup>& rollups, std::int64_t width_ms)
{
    const auto bytes = encode_rollups(rollups, base, width_ms);
    std::vector<Rollup> back;
    const auto done = decode_rollups(bytes, base, width_ms, rollups.size(), back);
    ASSERT_TRUE(done) << done.error().what;
    ASSERT_EQ(back.size(), rollups.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
        const auto& a = rollups[i];
        const auto& b = back[i];
        EXPECT_EQ(a.start_ms, b.start_ms);
        EXPECT_EQ(a.count, b.count);
        EXPECT_EQ(a.first, b.first);
        EXPECT_EQ(a.last, b.last);
        if (a.min <= a.max) {
            EXPECT_EQ(a.min, b.min);
            EXPECT_EQ(a.max, b.max);
            const bool sound = a.sum == b.sum || std::abs(a.sum - b.sum) <= 1e-9 * (1 + std::abs(a.sum)) ||
                               (std::isnan(a.sum) && std::isnan(b.sum));
            EXPECT_TRUE(sound) << a.sum << " became " << b.sum;
        }
    }
    EXPECT_EQ(back.back().last_ms, rollups.back().last_ms);
}

std::vector<Rollup> rolled(const std::vector<Value>& values, std::int64_t step_ms, std::int64_t width_ms)
{
    std::vector<Point> points;
    for (std::size_t i = 0; i < values.size(); ++i)
        points.push_back({base + 777 + static_cast<std::int64_t>(i) * step_ms, values[i], 0});
    return roll(points, width_ms);
}

TEST(Roll, KeepsCountLeastMostSumFirstAndLastOfEachPeriod)
{
    const auto minutes = rolled({2.0, 5.0, 1.0, 3.0, 9.0}, 20'000, minute_ms);
    ASSERT_EQ(minutes.size(), 2U);
    EXPECT_EQ(minutes[0].start_ms, base);
    EXPECT_EQ(minutes[0].count, 3U);
    EXPECT_EQ(minutes[0].min, 1.0);
    EXPECT_EQ(minutes[0].max, 5.0);
    EXPECT_EQ(minutes[0].sum, 8.0);
    EXPECT_EQ(minutes[0].first, Value(2.0));
    EXPECT_EQ(minutes[0].last, Value(1.0));
    EXPECT_EQ(minutes[1].last_ms, base + 777 + 80'000);
}

TEST(Roll, LeavesOutWhatIsNoNumberAndPeriodsWithoutReadings)
{
    const auto minutes =
        rolled({1.0, std::numeric_limits<double>::quiet_NaN(), 2.0}, 2 * minute_ms, minute_ms);
    ASSERT_EQ(minutes.size(), 2U);
    EXPECT_EQ(minutes[1].start_ms, base + 4 * minute_ms);
}

TEST(RollupCodec, GivesBackEveryKindOfValue)
{
    std::mt19937_64 random(7);
    std::vector<Value> decimals, integers, booleans, reals, texts, mixed;
    for (int i = 0; i < 5000; ++i) {
        decimals.emplace_back(static_cast<double>(static_cast<int>(random() % 4000) - 2000) / 100);
        integers.emplace_back(static_cast<std::int64_t>(random() % 1'000'000) - 500'000);
        booleans.emplace_back(random() % 2 == 0);
        reals.emplace_back(
            std::bit_cast<double>((random() & 0x000f'ffff'ffff'ffffULL) | 0x3ff0'0000'0000'0000ULL));
        texts.emplace_back("state " + std::to_string(random() % 5));
        mixed.push_back(i % 3 == 0 ? Value(1.5) : i % 3 == 1 ? Value(std::string("off")) : Value(true));
    }
    for (const auto* values : {&decimals, &integers, &booleans, &reals, &texts, &mixed})
        for (const auto width : {minute_ms, hour_ms}) expect_round_trip(rolled(*values, 4'321, width), width);
}

TEST(RollupCodec, GivesBackTheExtremes)
{
    const auto infinity = std::numeric_limits<double>::infinity();
    const auto least = std::numeric_limits<std::int64_t>::min();
    const auto most = std::numeric_limits<std::int64_t>::max();
    for (const auto& values : std::vector<std::vector<Value>>{{infinity, 1.0},
                                                              {-infinity, infinity},
                                                              {-0.0, 0.0},
                                                              {5e-324, 1.7e308},
                                                              {least, most},
                                                              {most},
                                                              {std::string()},
                                                              {0.1}})
        for (const auto width : {minute_ms, hour_ms}) expect_round_trip(rolled(values, 45'000, width), width);
}

TEST(RollupCodec, KeepsASumOfDecimalsADecimal)
{
    const auto hours = rolled(std::vector<Value>(10, 0.1), 1000, hour_ms);
    EXPECT_NE(hours[0].sum, 1.0) << "doubles do not add up exactly";
    std::vector<Rollup> back;
    ASSERT_TRUE(decode_rollups(encode_rollups(hours, base, hour_ms), base, hour_ms, 1, back));
    EXPECT_EQ(back[0].sum, 1.0);
}

TEST(RollupCodec, TakesFewBytesForOrdinaryMinutes)
{
    std::mt19937_64 random(3);
    std::vector<Value> values;
    double value = 21;
    for (int i = 0; i < 4 * 3600; ++i) {
        value += (static_cast<double>(random() % 21) - 10) / 100;
        values.emplace_back(std::round(value * 10) / 10);
    }
    const auto minutes = rolled(values, 1000, minute_ms);
    EXPECT_LT(encode_rollups(minutes, base, minute_ms).size(), 5 * minutes.size());
}

TEST(RollupCodec, RefusesWhatIsNoRow)
{
    const auto hours = rolled({1.0, 2.5}, hour_ms, hour_ms);
    const auto bytes = encode_rollups(hours, base, hour_ms);
    std::vector<Rollup> back;
    for (std::size_t cut = 0; cut + 1 < bytes.size(); ++cut)
        (void)decode_rollups(std::string_view(bytes).substr(0, cut), base, hour_ms, 2, back);
    EXPECT_FALSE(decode_rollups(std::string_view(bytes).substr(0, 3), base, hour_ms, 2, back));
    EXPECT_FALSE(decode_rollups("", base, hour_ms, 2, back));
    EXPECT_FALSE(decode_rollups(bytes, base, hour_ms, 0, back));
    EXPECT_FALSE(decode_rollups(bytes, base, hour_ms, 1U << 30U, back));
    EXPECT_FALSE(decode_rollups("\x7f" + bytes, base, hour_ms, 2, back));
}

}  // namespace
}  // namespace tidegate::store
