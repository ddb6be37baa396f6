#include "store/batch_codec.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tidegate::store
