#include "gateway/load/thinner.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

constexpr std::int64_t start = 1'764'000'000'000;

int kept_in_a_minute(Thinner& thinner, store::SeriesId series, int level, std::int64_t from)
{
    int kept = 0;
    for (std::int64_t ms = 0; ms < 60'000; ms += 100) kept += thinner.drops(series, from + ms, level) ? 0 : 1;
    return kept;
}

TEST(Thinner, KeepsEverythingWhileNothingPresses)
{
    Thinner thinner;
    EXPECT_EQ(kept_in_a_minute(thinner, 1, 0, start), 600);
    EXPECT_EQ(kept_in_a_minute(thinner, 1, 1, start), 600);
}

TEST(Thinner, KeepsSomeOfEachSeriesAndFewerTheHarderItPresses)
{
    Thinner thinner;
    EXPECT_EQ(kept_in_a_minute(thinner, 1, 2, start), 6);
    EXPECT_EQ(kept_in_a_minute(thinner, 900, 2, start), 6) << "each series by itself";
    EXPECT_EQ(kept_in_a_minute(thinner, 2, 3, start), 1);
    EXPECT_EQ(kept_in_a_minute(thinner, 2, 3, start + 60'000), 1);
}

TEST(Thinner, GoesOnWhenTheClockIsSetBack)
{
    Thinner thinner;
    EXPECT_FALSE(thinner.drops(1, start, 3));
    EXPECT_FALSE(thinner.drops(1, start - 3'600'000, 3));
    EXPECT_TRUE(thinner.drops(1, start - 3'599'000, 3));
}

}  // namespace
}  // namespace tidegate::gateway
