#include "store/batch_codec.hpp"

#include "store/checksum.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace tidegate::store {
namespace {

constexpr BatchClock clock_of_test{0xb007, 123'456, 1'764'000'000'000, true};
constexpr std::uint64_t last_seq = 1'000'000;
constexpr std::int64_t noon = 1'764'000'000'000;

std::vector<Reading> readings()
{
    return {{1, noon, 21.4, 0},
            {1, noon + 1000, 21.5, flag::retained},
            {7, noon - 1'000'000, std::string("open"), 0},
            {4'000'000, noon + 500, std::int64_t{42}, 0}};
}

// Bit for bit: NaN equals itself, -0.0 is not 0.0, 21 is not 21.0.
bool same(const Value& a, const Value& b)
{
    if (a.index() != b.index()) return false;
    const auto* number = std::get_if<double>(&a);
    if (number == nullptr) return a == b;
    return std::bit_cast<std::uint64_t>(*number) == std::bit_cast<std::uint64_t>(std::get<double>(b));
}

void comes_back(const std::vector<Reading>& given, const std::string& what)
{
    const auto decoded = decode_batch(encode_batch(given, last_seq, clock_of_test), last_seq);
    ASSERT_TRUE(decoded) << what << ": " << decoded.error().what;
    ASSERT_EQ(decoded->records.size(), given.size()) << what;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto& [seq, reading] = decoded->records[i];
        ASSERT_EQ(seq, last_seq - given.size() + 1 + i) << what;
        ASSERT_EQ(reading.series, given[i].series) << what << ", reading " << i;
        ASSERT_EQ(reading.time_ms, given[i].time_ms) << what << ", reading " << i;
        ASSERT_EQ(reading.flags, given[i].flags) << what << ", reading " << i;
        ASSERT_TRUE(same(reading.value, given[i].value)) << what << ", reading " << i;
    }
}

// The series of all values of `values`, one after the other.
std::vector<Reading> one_series(const std::vector<Value>& values)
{
    std::vector<Reading> all;
    for (const auto& value : values)
        all.push_back({9, noon + static_cast<std::int64_t>(all.size()), value, 0});
    return all;
}

// With the checksum put right, so that what is behind it is reached.
std::string checked(std::string blob)
{
    const auto* key = reinterpret_cast<const char*>(&last_seq);
    const auto checksum = crc32c(std::string_view(blob).substr(4), crc32c({key, sizeof last_seq}));
    std::memcpy(blob.data(), &checksum, sizeof checksum);
    return blob;
}

std::vector<Value> extremes()
{
    using Double = std::numeric_limits<double>;
    std::vector<Value> values;
    for (const auto number : {0.0,
                              -0.0,
                              21.0,
                              0.1,
                              0.3,
                              1.0 / 3,
                              -1e-9,
                              123456.789,
                              1e300,
                              Double::infinity(),
                              -Double::infinity(),
                              Double::min(),
                              Double::denorm_min(),
                              -Double::denorm_min(),
                              Double::max(),
                              9007199254740991.0,
                              9007199254740992.0,
                              9007199254740993.0,
                              900719925474.0992,
                              4.35,
                              2.675,
                              9e15,
                              1e22})
        values.emplace_back(number);
    for (const auto bits :
         {0x7ff8000000000000U, 0xfff8000000000000U, 0x7ff0000000000001U, 0x7fffffffffffffffU})
        values.emplace_back(std::bit_cast<double>(std::uint64_t{bits}));
    for (const auto number :
         {std::int64_t{0}, std::int64_t{21}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()})
        values.emplace_back(number);
    for (const auto value : {true, false}) values.emplace_back(value);
    for (const auto& text :
         {std::string(), std::string("on"), std::string("\0\xff", 2), std::string(70'000, 'x')})
        values.emplace_back(text);
    return values;
}

TEST(BatchCodec, GivesBackReadingsWithTheirSeqsAndTheClocks)
{
    comes_back(readings(), "the readings");
    const auto decoded = decode_batch(encode_batch(readings(), 104, clock_of_test), 104);
    ASSERT_TRUE(decoded) << decoded.error().what;
    EXPECT_EQ(decoded->records.front().seq, 101U);
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

TEST(BatchCodec, GivesBackEveryValueBitForBit)
{
    const auto values = extremes();
    for (std::size_t i = 0; i < values.size(); ++i) {
        comes_back(one_series({values[i]}), "alone, value " + std::to_string(i));
        comes_back(one_series({values[i], values[i], values[i]}), "thrice, value " + std::to_string(i));
        for (std::size_t j = 0; j < values.size(); ++j)
            comes_back(one_series({values[i], values[j]}), std::to_string(i) + " and " + std::to_string(j));
    }
    comes_back(one_series(values), "all in one series");
    std::vector<Reading> apart;
    for (const auto& value : values)
        apart.push_back({static_cast<SeriesId>(apart.size() * 3 + 1), noon, value, 0});
    comes_back(apart, "each in a series");
}

TEST(BatchCodec, KeepsIntegersAndDoublesOfTheSameNumberApart)
{
    const auto blob =
        encode_batch(one_series({std::int64_t{21}, 21.0, std::int64_t{21}}), last_seq, clock_of_test);
    const auto decoded = decode_batch(blob, last_seq);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(decoded->records[0].reading.value));
    EXPECT_TRUE(std::holds_alternative<double>(decoded->records[1].reading.value));
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(decoded->records[2].reading.value));
}

TEST(BatchCodec, GivesBackEveryTime)
{
    constexpr auto first = std::numeric_limits<std::int64_t>::min();
    constexpr auto last = std::numeric_limits<std::int64_t>::max();
    const std::array<std::int64_t, 9> times{first, first + 1, -1, 0, 1, noon, noon + 1000, last - 1, last};
    for (const auto one : times)
        for (const auto two : times)
            for (const auto three : times)
                comes_back({{1, one, 1.5, 0},
                            {1, two, 1.5, 0},
                            {1, three, 1.5, 0},
                            {1, one, 1.5, 0},
                            {2, two, 1.5, 0}},
                           std::to_string(one) + " " + std::to_string(two) + " " + std::to_string(three));
}

TEST(BatchCodec, GivesBackEveryByteOfFlags)
{
    std::vector<Reading> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back({static_cast<SeriesId>(i / 3 + 1), noon, true, static_cast<std::uint8_t>(i / 2)});
    comes_back(all, "flags");
}

TEST(BatchCodec, GivesBackAnySeriesIds)
{
    constexpr auto last = std::numeric_limits<SeriesId>::max();
    comes_back({{0, noon, true, 0}, {1, noon, 1.0, 0}, {last - 1, noon, 2.0, 0}, {last, noon, 2.0, 0}},
               "ids");
}

// Whatever a fleet may say, in any mixture, and far more often than a fleet would what is difficult.
class Mixture {
public:
    explicit Mixture(unsigned seed) : random_(seed) {}

    std::vector<Reading> next()
    {
        std::vector<Reading> all;
        const auto series = below(60) + 1;
        const auto most = below(10) + 1;
        const auto odd = below(4) == 0 ? 20 : 2000;  // one in so many is odd
        SeriesId id = 0;
        for (std::size_t s = 0; s < series; ++s) {
            id += static_cast<SeriesId>(1 + below(below(3) + 1));
            add_series(id, 1 + below(most), odd, all);
        }
        return all;
    }

private:
    std::size_t below(std::size_t bound) { return random_() % bound; }

    void add_series(SeriesId id, std::size_t size, std::size_t odd, std::vector<Reading>& all)
    {
        const auto kind = below(10);
        const auto decimals = below(5);
        const auto period = static_cast<std::int64_t>(below(60'000));
        auto time = noon + static_cast<std::int64_t>(below(5000));
        auto level = static_cast<std::int64_t>(below(100'000)) - 50'000;
        for (std::size_t i = 0; i < size; ++i) {
            time += period + static_cast<std::int64_t>(below(100));
            level += static_cast<std::int64_t>(below(21)) - 10;
            Reading reading{id, time, value(kind, decimals, level), 0};
            if (below(odd) == 0) reading.value = odd_value();
            if (below(odd) == 0) reading.time_ms = static_cast<std::int64_t>(random_());
            if (below(odd) == 0) reading.flags = static_cast<std::uint8_t>(below(256));
            all.push_back(reading);
        }
    }

    Value value(std::size_t kind, std::size_t decimals, std::int64_t level)
    {
        switch (kind) {
        case 0: return below(2) == 0;
        case 1: return level;
        case 2: return "state " + std::to_string(below(5));
        case 3: return static_cast<double>(level) / 7;
        case 4: return static_cast<double>(static_cast<float>(level) / 10);
        case 5: return std::string(below(30), static_cast<char>('a' + below(26)));
        case 6: return static_cast<std::int64_t>(random_());
        default: return static_cast<double>(level) / std::pow(10, decimals);
        }
    }

    Value odd_value()
    {
        static const auto values = extremes();
        if (below(3) == 0) return std::bit_cast<double>(random_());
        if (below(3) == 0) return static_cast<std::int64_t>(random_());
        return values[below(values.size() - 1)];  // the longest text only now and then
    }

    std::mt19937_64 random_;
};

TEST(BatchCodec, GivesBackAnyMixture)
{
    for (unsigned seed = 0; seed < 2000; ++seed)
        comes_back(Mixture(seed).next(), "seed " + std::to_string(seed));
}

TEST(BatchCodec, CallsEveryTruncationDamaged)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const auto good = encode_batch(Mixture(seed).next(), last_seq, clock_of_test);
        for (std::size_t size = 0; size < good.size(); ++size) {
            const auto decoded = decode_batch(std::string_view(good).substr(0, size), last_seq);
            ASSERT_FALSE(decoded) << "seed " << seed << ", " << size << " bytes";
            ASSERT_EQ(decoded.error().kind, ErrorKind::corrupt);
            if (size < 4) continue;
            const auto behind = decode_batch(checked(good.substr(0, size)), last_seq);
            ASSERT_FALSE(behind) << "seed " << seed << ", " << size << " bytes";
        }
    }
}

// Behind a right checksum damage may look like other readings; but it must stay within bounds.
TEST(BatchCodec, StaysWithinBoundsWhateverTheBits)
{
    std::size_t refused = 0;
    for (unsigned seed = 0; seed < 8; ++seed) {
        const auto good = encode_batch(Mixture(seed).next(), last_seq, clock_of_test);
        for (std::size_t bit = 32; bit < good.size() * 8; ++bit) {
            auto bytes = good;
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
            const auto decoded = decode_batch(checked(bytes), last_seq);
            if (!decoded)
                ++refused;
            else
                ASSERT_LE(decoded->records.size(), 2 * good.size());
        }
    }
    EXPECT_GT(refused, 1000U);
}

TEST(BatchCodec, RefusesMoreReadingsThanItsBytesCanHold)
{
    const std::vector<Reading> alike(5000, {1, noon, true, 0});
    const auto blob = encode_batch(alike, last_seq, clock_of_test);
    comes_back(alike, "alike");
    EXPECT_FALSE(decode_batch(checked(blob.substr(0, 2000)), last_seq));  // only zeros were cut off
}

TEST(BatchCodec, RefusesMoreTextThanItsBytesAllow)
{
    const std::vector<Reading> alike(5000, {1, noon, std::string(1000, 'x'), 0});
    const auto blob = encode_batch(alike, last_seq, clock_of_test);
    comes_back(alike, "alike");
    EXPECT_LE(alike.size() * 1000, (64U << 10U) + 64 * blob.size());
    EXPECT_FALSE(
        decode_batch(checked(blob.substr(0, blob.size() - 4000)), last_seq));  // only zeros were cut off
}

TEST(BatchCodec, TakesLittleForSensorsThatWander)
{
    std::mt19937 random(1);
    std::vector<Reading> all;
    for (SeriesId series = 1; series <= 1000; ++series) {
        auto time = noon + static_cast<std::int64_t>(random() % 1000);
        auto tenths = 200 + static_cast<int>(random() % 50);
        for (std::size_t i = 0; i < 5; ++i) {
            time += 950 + static_cast<std::int64_t>(random() % 100);
            tenths += static_cast<int>(random() % 5) - 2;
            all.push_back({series, time, tenths / 10.0, 0});
        }
    }
    EXPECT_LT(encode_batch(all, last_seq, clock_of_test).size(), 2 * all.size());
}

TEST(BatchCodec, TakesAThirdOfWhatTheValuesTakeWhenEachSeriesHasOneReading)
{
    std::mt19937_64 random(7);
    std::vector<Reading> all;
    for (SeriesId id = 1; id <= 1000; ++id)
        all.push_back({id, noon + static_cast<std::int64_t>(random() % 4000),
                       static_cast<double>(random() % 5000) / 10, 0});
    EXPECT_LT(encode_batch(all, last_seq, {}).size(), 4000U);
}

}  // namespace
}  // namespace tidegate::store
