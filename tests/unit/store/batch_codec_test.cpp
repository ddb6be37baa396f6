#include "store/batch_codec.hpp"

#include "store/checksum.hpp"
#include "store/points_codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <random>

namespace tidegate::store {
namespace {

const BatchClock clock_of_test{0xb007, 123'456, 1'764'000'000'000, true};

std::vector<Reading> readings()
{
    return {{1, 1'764'000'000'000, 21.4, 0},
            {1, 1'764'000'001'000, 21.5, flag::retained},
            {7, 1'763'999'000'000, std::string("open"), 0},
            {4'000'000, 1'764'000'000'500, std::int64_t{42}, 0}};
}

TEST(BatchCodec, GivesBackReadingsWithTheirSeqsAndTheClocks)
{
    const auto decoded = decode_batch(encode_batch(readings(), 104, clock_of_test), 104);
    ASSERT_TRUE(decoded) << decoded.error().what;
    ASSERT_EQ(decoded->records.size(), 4U);
    const auto expected = readings();
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(decoded->records[i].seq, 101 + i);
        EXPECT_EQ(decoded->records[i].reading.series, expected[i].series);
        EXPECT_EQ(decoded->records[i].reading.time_ms, expected[i].time_ms);
        EXPECT_EQ(decoded->records[i].reading.value, expected[i].value);
        EXPECT_EQ(decoded->records[i].reading.flags, expected[i].flags);
    }
    EXPECT_EQ(decoded->clock.boot, clock_of_test.boot);
    EXPECT_EQ(decoded->clock.boot_ms, clock_of_test.boot_ms);
    EXPECT_EQ(decoded->clock.wall_ms, clock_of_test.wall_ms);
    EXPECT_TRUE(decoded->clock.synchronised);
}

TEST(BatchCodec, HoldsAnEmptyBatch)
{
    const auto decoded = decode_batch(encode_batch({}, 0, clock_of_test), 0);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->records.empty());
}

TEST(BatchCodec, NoticesEveryFlippedBitAndAWrongKey)
{
    const auto good = encode_batch(readings(), 104, clock_of_test);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bytes = good;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(decode_batch(bytes, 104)) << "bit " << bit;
    }
    EXPECT_FALSE(decode_batch(good, 105));
}

Value any_value(std::mt19937_64& random, std::size_t sort)
{
    constexpr std::array<double, 9> special{0.0,
                                            -0.0,
                                            std::numeric_limits<double>::quiet_NaN(),
                                            std::numeric_limits<double>::infinity(),
                                            -std::numeric_limits<double>::infinity(),
                                            5e-324,
                                            9007199254740993.0,
                                            0.1,
                                            123456.789};
    switch (sort) {
    case 0: return random() % 2 == 0;
    case 1: return static_cast<std::int64_t>(random() % 100);
    case 2: return static_cast<double>(random() % 5000) / 10;
    case 3: return std::bit_cast<double>(random());
    case 4: return std::string(random() % 3 == 0 ? "on" : "off");
    case 5: return static_cast<std::int64_t>(random());
    case 6:
        return random() % 2 == 0 ? Value(static_cast<std::int64_t>(random() % 50))
                                 : Value(static_cast<double>(random() % 50));
    case 7: return std::string(random() % 30, static_cast<char>('a' + random() % 26));
    default: return special.at(random() % special.size());
    }
}

std::vector<Reading> any_batch(std::mt19937_64& random)
{
    std::vector<Reading> readings(random() % 400);
    const auto sort = random() % 9;
    const auto run = 1 + random() % 6;
    SeriesId series = 1;
    std::int64_t time = 1'764'000'000'000;
    for (auto& reading : readings) {
        if (random() % run == 0)
            series += static_cast<SeriesId>(random() % 200 == 0 ? random() % 100'000 : 1 + random() % 5);
        time += static_cast<std::int64_t>(random() % 50) - 10;
        const bool odd = random() % 40 == 0;
        const auto wild = static_cast<std::int64_t>(random());
        reading = {series, random() % 100 == 0 ? wild : time, any_value(random, odd ? random() % 9 : sort),
                   static_cast<std::uint8_t>(random() % 60 == 0 ? random() : 0)};
    }
    return readings;
}

TEST(BatchCodec, GivesBackThousandsOfRandomBatchesAndSurvivesTheirDamage)
{
    std::mt19937_64 random(4711);
    for (int round = 0; round < 3000; ++round) {
        const auto readings = any_batch(random);
        const auto last = readings.size() + random() % 1'000'000;
        auto blob = encode_batch(readings, last, {random(), 5, 1'764'000'000'500, true});
        const auto batch = decode_batch(blob, last);
        ASSERT_TRUE(batch) << "round " << round << ": " << batch.error().what;
        ASSERT_EQ(batch->records.size(), readings.size());
        for (std::size_t i = 0; i < readings.size(); ++i) {
            const auto& back = batch->records[i].reading;
            ASSERT_EQ(batch->records[i].seq, last - readings.size() + 1 + i);
            ASSERT_EQ(back.series, readings[i].series);
            ASSERT_EQ((Point{back.time_ms, back.value, back.flags}),
                      (Point{readings[i].time_ms, readings[i].value, readings[i].flags}))
                << "round " << round << " reading " << i;
        }
        // Damage behind a checksum that was put right: any answer but a crash or a mountain.
        blob[4 + random() % (blob.size() - 4)] = static_cast<char>(random());
        const auto* key = reinterpret_cast<const char*>(&last);
        const auto checksum = crc32c(std::string_view(blob).substr(4), crc32c({key, sizeof last}));
        std::memcpy(blob.data(), &checksum, sizeof checksum);
        const auto damaged = decode_batch(blob, last);
        ASSERT_LE(damaged ? damaged->records.size() : 0, 10'000'000U);
    }
}

TEST(BatchCodec, TakesAThirdOfWhatTheValuesTakeWhenEachSeriesHasOneReading)
{
    std::mt19937_64 random(7);
    std::vector<Reading> readings;
    for (SeriesId id = 1; id <= 1000; ++id)
        readings.push_back({id, 1'764'000'000'000 + static_cast<std::int64_t>(random() % 4000),
                            static_cast<double>(random() % 5000) / 10, 0});
    EXPECT_LT(encode_batch(readings, 1000, {}).size(), 4000U);
}

}  // namespace
}  // namespace tidegate::store
