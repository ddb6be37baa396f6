#include "gateway/load/store_watch.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

constexpr auto patience = StoreWatch::patience_ms;
constexpr std::int64_t start = 1'000'000;

TEST(StoreWatch, FindsAWriterThatCommitsNothingOfWhatWaits)
{
    StoreWatch watch;
    EXPECT_TRUE(watch.look(true, false, 7, start));
    EXPECT_TRUE(watch.look(true, false, 7, start + patience - 1));
    EXPECT_FALSE(watch.look(true, false, 7, start + patience));
    EXPECT_TRUE(watch.look(true, false, 8, start + patience + 1)) << "it was only slow";
}

TEST(StoreWatch, LetsAQuietGatewayRestForAsLongAsItLikes)
{
    StoreWatch watch;
    EXPECT_TRUE(watch.look(false, false, 7, start));
    EXPECT_TRUE(watch.look(false, false, 7, start + 10 * patience));
    EXPECT_TRUE(watch.look(true, false, 7, start + 10 * patience + 250)) << "what came just now is not late";
}

TEST(StoreWatch, LeavesADiskThatGivesErrorsToTheWriter)
{
    StoreWatch watch;
    EXPECT_TRUE(watch.look(true, false, 7, start));
    EXPECT_TRUE(watch.look(true, true, 7, start + 10 * patience));
    EXPECT_TRUE(watch.look(true, false, 7, start + 10 * patience + 250));
    EXPECT_FALSE(watch.look(true, false, 7, start + 11 * patience + 250));
}

}  // namespace
}  // namespace tidegate::gateway
