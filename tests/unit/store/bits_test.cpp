#include "store/bits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace tidegate::store {
namespace {

std::uint64_t of_any_size(std::mt19937_64& random)
{
    return random() >> random() % 64;
}

TEST(Bits, GiveBackWhatWasPut)
{
    std::mt19937_64 random(1);
    for (std::size_t count = 0; count < 300; ++count) {
        std::string bytes = "before";
        std::vector<std::pair<std::uint64_t, unsigned>> put;
        BitWriter out(bytes);
        for (std::size_t i = 0; i < count; ++i) {
            const auto length = static_cast<unsigned>(random() % 65);
            put.emplace_back(low_bits(random(), length), length);
            out.put(put.back().first, length);
        }
        out.finish();

        std::size_t bits = 0;
        BitReader in(std::string_view(bytes).substr(6));
        for (const auto& [value, length] : put) {
            ASSERT_EQ(in.get(length), value);
            bits += length;
        }
        EXPECT_FALSE(in.failed());
        EXPECT_EQ(in.bytes_read(), (bits + 7) / 8);
        EXPECT_EQ(bytes.size(), 6 + (bits + 7) / 8);
        EXPECT_EQ(bytes.substr(0, 6), "before");
    }
}

TEST(Bits, GiveBackRiceCodesOfAnyNumberByAnyParameter)
{
    std::mt19937_64 random(2);
    std::string bytes;
    std::vector<std::uint64_t> put;
    BitWriter out(bytes);
    for (unsigned parameter = 0; parameter <= 62; ++parameter)
        for (const auto value :
             {std::uint64_t{0}, std::uint64_t{1}, of_any_size(random), ~std::uint64_t{0}}) {
            put.push_back(value);
            out.rice(value, parameter);
        }
    out.finish();
    BitReader in(bytes);
    for (std::size_t i = 0; i < put.size(); ++i)
        ASSERT_EQ(in.rice(static_cast<unsigned>(i / 4)), put[i]) << "parameter " << i / 4;
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.bytes_read(), bytes.size());
}

TEST(Bits, GiveZerosBehindTheEndAndSaySo)
{
    BitReader in("\xff");
    EXPECT_EQ(in.get(8), 0xffU);
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.get(64), 0U);
    EXPECT_TRUE(in.failed());
    EXPECT_EQ(in.bytes_read(), 1U);
}

TEST(Bits, GiveBackResidualsOfAnySize)
{
    std::mt19937_64 random(3);
    for (std::size_t count = 0; count < 300; ++count) {
        std::vector<std::uint64_t> values(count);
        const auto shift = random() % 64;
        const auto odd = random() % 20 + 1;
        for (auto& value : values) value = random() % odd == 0 ? of_any_size(random) : random() >> shift;
        std::string bytes;
        BitWriter out(bytes);
        write_residuals(values, out);
        out.finish();
        std::vector<std::uint64_t> back(count);
        BitReader in(bytes);
        read_residuals(back, in);
        ASSERT_EQ(back, values);
        EXPECT_FALSE(in.failed());
    }
}

TEST(Bits, TakeOneBitForEachFurtherGroupThatIsAsTheOneBefore)
{
    std::string bytes;
    BitWriter out(bytes);
    write_residuals(std::vector<std::uint64_t>(11 * rice_group), out);
    out.finish();
    EXPECT_EQ(bytes.size(), 2U);  // 6 + 10 bits
}

TEST(Bits, TakeLittleForZerosWithAFewOthersAmongThem)
{
    std::mt19937_64 random(5);
    for (std::size_t others = 1; others <= few_most + 2; ++others) {
        std::vector<std::uint64_t> values(rice_group);
        for (std::size_t i = 0; i < others; ++i) values[(i * 11) % rice_group] = 1'000'000 + random() % 1000;
        std::string bytes;
        BitWriter out(bytes);
        write_residuals(values, out);
        out.finish();
        std::vector<std::uint64_t> back(values.size(), 77);
        BitReader in(bytes);
        read_residuals(back, in);
        EXPECT_EQ(back, values);
        if (others <= few_most) {
            EXPECT_EQ(bytes.size(), (6 + 3 + 32 * others + 7) / 8);
        }
    }
}

TEST(Bits, ChooseAParameterThatIsHardlyLongerThanTheBest)
{
    std::mt19937_64 random(4);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::uint64_t> group(rice_group);
        const auto shift = 30 + random() % 34;
        for (auto& value : group) value = random() >> shift >> random() % 3;
        const auto length = [&](unsigned parameter) {
            std::string bytes;
            BitWriter out(bytes);
            for (const auto value : group) out.rice(value, parameter);
            out.finish();
            return bytes.size();
        };
        const auto chosen = rice_parameter(group);
        if (chosen == rice_all_zero) continue;
        auto least = length(0);
        for (unsigned parameter = 1; parameter <= 62; ++parameter) least = std::min(least, length(parameter));
        EXPECT_LE(length(chosen), least + least / 20 + 1) << "shift " << shift;
    }
}

}  // namespace
}  // namespace tidegate::store
