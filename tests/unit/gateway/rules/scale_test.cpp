#include "gateway/rules/scale.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tidegate::gateway {
namespace {

store::Value scaled(Scaling scaling, store::Value value)
{
    scale(scaling, value);
    return value;
}

TEST(Scale, MultipliesAndMovesNumbers)
{
    EXPECT_EQ(scaled({0.1, 0}, 215.0), store::Value(21.5));
    EXPECT_EQ(scaled({1.8, 32}, 100.0), store::Value(212.0));
    EXPECT_EQ(scaled({0.5, 0}, std::int64_t{3}), store::Value(1.5));
}

TEST(Scale, KeepsAWholeNumberWholeToItsLastBit)
{
    EXPECT_EQ(scaled({60, -1}, std::int64_t{7}), store::Value(std::int64_t{419}));
    constexpr std::int64_t large = 9'007'199'254'740'993;  // no double equals it
    EXPECT_EQ(scaled({1, 1}, large), store::Value(large + 1));
    EXPECT_EQ(scaled({-1, 0}, large), store::Value(-large));
}

TEST(Scale, MakesAFloatOfAWholeNumberThatWouldNotFit)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(scaled({10, 0}, most), store::Value(static_cast<double>(most) * 10));
}

TEST(Scale, LeavesTextsAndBooleansAndWhatWouldBeNoNumber)
{
    EXPECT_EQ(scaled({2, 1}, true), store::Value(true));
    EXPECT_EQ(scaled({2, 1}, std::string("2")), store::Value("2"));
    EXPECT_EQ(scaled({1e300, 0}, 1e300), store::Value(1e300));
}

}  // namespace
}  // namespace tidegate::gateway
