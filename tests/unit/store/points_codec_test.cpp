#include "store/points_codec.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>

namespace tidegate::store {
namespace {

constexpr std::int64_t base = 1'764'000'000'000;

std::string encoded(const std::vector<Point>& points)
{
    ByteWriter out;
    encode_points(points, base, out);
    return out.take();
}

std::vector<Point> round_trip(const std::vector<Point>& points)
{
    const auto bytes = encoded(points);
    ByteReader in(bytes);
    auto decoded = decode_points(in, base, points.size());
    EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().what);
    EXPECT_EQ(in.left(), 0U);
    return decoded ? *decoded : std::vector<Point>{};
}

std::vector<Point> series_of(std::initializer_list<Value> values)
{
    std::vector<Point> points;
    for (const auto& value : values)
        points.push_back({base + static_cast<std::int64_t>(points.size()) * 1000, value, 0});
    return points;
}

TEST(PointsCodec, GivesBackDoublesBitForBit)
{
    using limits = std::numeric_limits<double>;
    const auto points = series_of({21.4, -0.0, 0.0, limits::quiet_NaN(), limits::infinity(),
                                   -limits::infinity(), limits::denorm_min(), limits::max(), limits::lowest(),
                                   0.1 + 0.2, 1e-300, std::bit_cast<double>(0x7ff8'0000'dead'beefULL)});
    EXPECT_EQ(round_trip(points), points);
}

TEST(PointsCodec, GivesBackAMinusZeroAmongDecimals)  // found by the fuzzer: it came back as 0.0
{
    const auto points = series_of({0.5, -0.0, 1.5});
    EXPECT_EQ(round_trip(points), points);
}

TEST(PointsCodec, GivesBackIntegersOfAll64Bits)
{
    using limits = std::numeric_limits<std::int64_t>;
    const auto points =
        series_of({std::int64_t{0}, limits::max(), limits::min(), std::int64_t{-1}, limits::max()});
    EXPECT_EQ(round_trip(points), points);
}

TEST(PointsCodec, GivesBackTextsAndBooleansAndMixtures)
{
    const auto points =
        series_of({true, std::string("open"), false, std::string(""), std::string("открыто\n\0x", 17), 21.5,
                   std::int64_t{21}, std::string("open"), true});
    EXPECT_EQ(round_trip(points), points);
}

TEST(PointsCodec, GivesBackFlagsAndTimesInAnyOrder)
{
    using limits = std::numeric_limits<std::int64_t>;
    const std::vector<Point> points{{base + 5, 1.5, flag::retained},
                                    {base - 100'000, 1.5, 0},
                                    {limits::max(), 2.5, flag::unsynchronised},
                                    {0, 2.5, 3},
                                    {limits::min(), 0.0, 0}};
    EXPECT_EQ(round_trip(points), points);
}

TEST(PointsCodec, GivesBackAThousandRandomColumns)
{
    std::mt19937_64 random(4711);
    const auto value = [&]() -> Value {
        switch (random() % 6) {
        case 0: return random() % 2 == 0;
        case 1: return static_cast<std::int64_t>(random());
        case 2: return std::bit_cast<double>(random());
        case 3: return static_cast<double>(random() % 10'000) / 100;
        case 4: return std::string(random() % 20, static_cast<char>('a' + random() % 26));
        default: return static_cast<std::int64_t>(random() % 100);
        }
    };
    for (int round = 0; round < 1000; ++round) {
        std::vector<Point> points(random() % 50);
        const bool mixed = round % 2 == 0;
        const auto kind = value();
        auto time = base;
        for (auto& point : points) {
            time += static_cast<std::int64_t>(random() % 2000) - 100;
            auto next = value();
            while (!mixed && next.index() != kind.index()) next = value();
            point = {time, std::move(next), static_cast<std::uint8_t>(random() % 8 == 0 ? 1 : 0)};
        }
        ASSERT_EQ(round_trip(points), points) << "round " << round;
    }
}

TEST(PointsCodec, TakesFewBytesForASensorWithOneDecimal)
{
    std::vector<Point> points;
    for (int i = 0; i < 1000; ++i) points.push_back({base + i * 1000LL, 20.0 + (i % 7) / 10.0, 0});
    EXPECT_LT(encoded(points).size(), points.size() * 22 / 10);
}

TEST(PointsCodec, RefusesEveryShortenedBlockAndReadsNoFurther)
{
    const auto bytes = encoded(series_of({21.4, std::string("open"), true, std::int64_t{7}, 0.1 + 0.2}));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::string cut =
            bytes.substr(0, length);  // exactly so long, for the sanitizer to watch its end
        ByteReader in(cut);
        EXPECT_FALSE(decode_points(in, base, 100)) << length;
    }
}

TEST(PointsCodec, SurvivesAHundredThousandDamagedBlocks)
{
    std::mt19937_64 random(42);
    const auto good =
        encoded(series_of({21.4, std::string("open"), true, std::int64_t{7}, 0.1 + 0.2, 3.5, 3.25}));
    std::size_t refused = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto bytes = good;
        for (auto flips = 1 + random() % 4; flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        ByteReader in(bytes);
        const auto decoded = decode_points(in, base, 1000);
        refused += decoded ? 0 : 1;
        if (decoded) {
            EXPECT_LE(decoded->size(), 1000U);
        }
    }
    EXPECT_GT(refused, 10'000U);
}

TEST(PointsCodec, RefusesMorePointsThanItMayMake)
{
    const auto bytes = encoded(series_of({1.0, 2.0, 3.0}));
    ByteReader in(bytes);
    EXPECT_FALSE(decode_points(in, base, 2));
}

}  // namespace
}  // namespace tidegate::store
