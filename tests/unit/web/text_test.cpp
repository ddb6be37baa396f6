#include "web/server/text.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

TEST(Text, TakesGzipOnlyWhenTheClientDoes)
{
    EXPECT_TRUE(accepts("gzip, deflate, br", "gzip"));
    EXPECT_TRUE(accepts("br;q=1.0, GZIP;q=0.5", "gzip"));
    EXPECT_FALSE(accepts("", "gzip"));
    EXPECT_FALSE(accepts("gzip;q=0", "gzip"));
    EXPECT_FALSE(accepts("gzip;q=0.00", "gzip"));
    EXPECT_FALSE(accepts("xgzip", "gzip"));
}

TEST(Text, DecodesEscapesAndRefusesBrokenOnes)
{
    EXPECT_EQ(percent_decoded("plant%2F%23", Plus::is_plus), "plant/#");
    EXPECT_EQ(percent_decoded("a+b", Plus::is_space), "a b");
    EXPECT_EQ(percent_decoded("a+b", Plus::is_plus), "a+b");
    for (const auto* bad : {"%", "%4", "%zz", "%00", "%0a", "%7f"}) {
        EXPECT_EQ(percent_decoded(bad, Plus::is_plus), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace tidegate::web
