#include "store/chunk_codec.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace tidegate::store {
namespace {

constexpr std::int64_t base = 1'764'000'000'000;

std::string encoded(std::span<const Point> points)
{
    std::string bytes;
    ChunkEncoder(base).add(points, bytes);
    return bytes;
}

std::vector<Point> decoded(std::string_view bytes, std::size_t most)
{
    std::vector<Point> points;
    const auto done = decode_chunk(bytes, base, most, points);
    EXPECT_TRUE(done) << (done ? "" : done.error().what);
    return points;
}

std::vector<Point> series_of(std::vector<Value> values)
{
    std::vector<Point> points;
    for (auto& value : values)
        points.push_back({base + static_cast<std::int64_t>(points.size()) * 1000, std::move(value), 0});
    return points;
}

void expect_back(const std::vector<Point>& points)
{
    EXPECT_EQ(decoded(encoded(points), points.size()), points);
}

TEST(ChunkCodec, GivesBackEveryDoubleBitForBit)
{
    using limits = std::numeric_limits<double>;
    expect_back(series_of({0.0, -0.0, limits::quiet_NaN(), -limits::quiet_NaN(), limits::infinity(),
                           -limits::infinity(), limits::denorm_min(), limits::max(), limits::lowest(), 0.1,
                           0.1 + 0.2, 1e-9, 21.5, 9007199254740991.0, 9007199254740993.0,
                           std::bit_cast<double>(0x7ff0'0000'0000'0001ULL)}));
}

TEST(ChunkCodec, GivesBackAMinusZeroAmongDecimals)  // found by the fuzzer once: it came back as 0.0
{
    expect_back(series_of({0.5, -0.0, 1.5}));
}

TEST(ChunkCodec, GivesBackTextsAndBooleansAndMixtures)
{
    expect_back(series_of({true, std::string("open"), false, std::string(""), std::string("открыто\n\0x", 17),
                           21.5, std::int64_t{21}, std::string("open"), true, 1e-300,
                           std::bit_cast<double>(0x7ff8'0000'dead'beefULL)}));
}

TEST(ChunkCodec, GivesBackEveryInteger)
{
    using limits = std::numeric_limits<std::int64_t>;
    expect_back(series_of({limits::max(), limits::min(), std::int64_t{0}, std::int64_t{-1}, limits::max(),
                           std::int64_t{1} << 53}));
}

TEST(ChunkCodec, KeepsIntegersAndWholeDoublesApart)
{
    expect_back(series_of({std::int64_t{21}, 21.5, std::int64_t{22}, 22.5}));
    expect_back(series_of({std::int64_t{21}, 21.0, std::int64_t{21}, 21.5, 22.0}));
    expect_back(series_of({std::numeric_limits<std::int64_t>::max(), 21.25, std::int64_t{5}}));
}

TEST(ChunkCodec, GivesBackTimesInAnyOrderAndFlags)
{
    using limits = std::numeric_limits<std::int64_t>;
    expect_back({{base + 5, 1.5, 1},
                 {base - 100'000, 1.5, 0},
                 {limits::max(), 2.5, 2},
                 {0, 2.5, 255},
                 {limits::min(), 0.0, 0}});
}

// What devices say, from the tidy to the wild.
class AnyValue {
public:
    Value operator()(std::size_t sort)
    {
        switch (sort) {
        case 0: return below(2) == 0;
        case 1: return static_cast<std::int64_t>(below(100));
        case 2: return static_cast<double>(below(5000)) / 10;
        case 3: return std::bit_cast<double>(random());
        case 4: return std::string(below(3) == 0 ? "on" : "off");
        case 5: return static_cast<std::int64_t>(random());
        case 6:
            return below(2) == 0 ? Value(static_cast<std::int64_t>(below(50)))
                                 : Value(static_cast<double>(below(500)) / 10);
        case 7: return std::string(below(20), static_cast<char>('a' + below(26)));
        case 8: return static_cast<double>(static_cast<float>(below(1000)) / 7.0F);
        default: return static_cast<double>(below(1'000'000'000)) / 1e6;
        }
    }
    static constexpr std::size_t sorts = 10;

    std::size_t below(std::size_t most) { return random() % most; }
    std::mt19937_64 random{4711};
};

TEST(ChunkCodec, GivesBackThousandsOfRandomSeriesHoweverTheyAreCut)
{
    AnyValue value;
    for (int round = 0; round < 5000; ++round) {
        std::vector<Point> points(value.below(400));
        const auto sort = value.below(AnyValue::sorts);
        auto time = base;
        for (auto& point : points) {
            time += 1000 + static_cast<std::int64_t>(value.below(50));
            const bool odd = value.below(40) == 0;
            const auto wild = static_cast<std::int64_t>(value.random());
            point = {value.below(100) == 0 ? wild : time, value(odd ? value.below(AnyValue::sorts) : sort),
                     static_cast<std::uint8_t>(value.below(60) == 0 ? value.below(256) : 0)};
        }
        std::string bytes;
        ChunkEncoder encoder(base);
        for (std::size_t i = 0; i < points.size();) {
            const auto count = std::min(points.size() - i, 1 + value.below(300));
            encoder.add(std::span(points).subspan(i, count), bytes);
            i += count;
        }
        ASSERT_EQ(decoded(bytes, points.size()), points) << "round " << round;
    }
}

TEST(ChunkCodec, TakesLittleMoreThanAByteForASensorWithAJitteringClock)
{
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise;
    std::vector<Point> points;
    double walk = 200;
    for (int i = 0; i < 4000; ++i) {
        walk += 0.3 * noise(random);
        points.push_back({base + i * 10'000LL + std::llround(50 * noise(random)),
                          static_cast<double>(std::llround(walk)) / 10, 0});
    }
    EXPECT_LT(static_cast<double>(encoded(points).size()), 1.35 * static_cast<double>(points.size()));
}

TEST(ChunkCodec, TakesNextToNothingForASteadySeries)
{
    std::vector<Point> points;
    for (int i = 0; i < 4096; ++i) points.push_back({base + i * 1000LL, true, 0});
    EXPECT_LT(encoded(points).size(), points.size() / 20);
}

TEST(ChunkCodec, RefusesEveryShortenedChunkAndReadsNoFurther)
{
    const auto points = series_of({21.4, std::string("open"), true, std::int64_t{7}, 0.1 + 0.2});
    const auto bytes = encoded(points);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::string cut =
            bytes.substr(0, length);  // exactly so long, for the sanitizer to watch its end
        std::vector<Point> back;
        const auto done = decode_chunk(cut, base, 100, back);
        EXPECT_TRUE(!done || back.size() < points.size()) << length;
    }
}

TEST(ChunkCodec, SurvivesAHundredThousandDamagedChunks)
{
    AnyValue value;
    std::vector<Point> points;
    for (std::size_t i = 0; i < 200; ++i)
        points.push_back(
            {base + static_cast<std::int64_t>(i) * 1000, value(i / 20), static_cast<std::uint8_t>(i / 190)});
    const auto good = encoded(points);
    std::size_t refused = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto bytes = good;
        for (auto flips = 1 + value.below(4); flips > 0; --flips)
            bytes[value.below(bytes.size())] = static_cast<char>(value.random());
        std::vector<Point> back;
        const auto done = decode_chunk(bytes, base, 1000, back);
        refused += done ? 0 : 1;
        EXPECT_LE(back.size(), 1000U);
    }
    EXPECT_GT(refused, 1000U);
}

TEST(ChunkCodec, RefusesMorePointsThanItMayMake)
{
    std::vector<Point> back;
    EXPECT_FALSE(decode_chunk(encoded(series_of({1.0, 2.0, 3.0})), base, 2, back));
}

TEST(ChunkCodec, BringsBackALongTextThatIsSaidManyTimes)
{
    for (const std::size_t length : {50U, 180U, 400U, 10'000U}) {
        const std::vector<Point> points(1000, Point{base, std::string(length, 'x'), 0});
        std::vector<Point> back;
        const auto bytes = encoded(points);
        EXPECT_LT(bytes.size(), 5 * length + 1000);
        ASSERT_TRUE(decode_chunk(bytes, base, points.size(), back)) << length;
        EXPECT_EQ(back, points);
    }
}

TEST(ChunkCodec, DoesNotLetAShortInputMakeAMountainOfText)
{
    auto bytes = encoded(std::vector<Point>(256, Point{base, std::string(10'000, 'x'), 0}));
    bytes += encoded(std::vector<Point>(256, Point{base, std::string(), 0}));  // what makes no text pays, too
    std::vector<Point> back;
    (void)decode_chunk(bytes, base, 100'000, back);
    std::size_t made = 0;
    for (const auto& point : back)
        if (const auto* text = std::get_if<std::string>(&point.value)) made += text->size();
    EXPECT_LE(made, 256 * bytes.size());
}

}  // namespace
}  // namespace tidegate::store
