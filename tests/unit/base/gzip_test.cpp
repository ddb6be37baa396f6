#include "base/gzip.hpp"

#include "support/gunzip.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tidegate {
namespace {

TEST(Gzip, GivesBackTheText)
{
    std::mt19937 random(1);
    std::string noise(100'000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    for (const auto& text : {std::string(), std::string("{}"), std::string(100'000, 'a'), noise}) {
        EXPECT_EQ(tests::gunzip(gzipped(text, 6)), text);
    }
}

TEST(Gzip, MakesTextSmaller)
{
    EXPECT_LT(gzipped(std::string(100'000, 'a'), 6).size(), 1000);
}

TEST(Gzip, GivesBackWhatWasPacked)
{
    const std::string plain(100'000, 'a');
    EXPECT_EQ(*gunzipped(gzipped(plain, 3), plain.size()), plain);
    EXPECT_EQ(*gunzipped(gzipped("", 3), 0), "");
    EXPECT_EQ(gunzipped(gzipped(plain, 3), plain.size() - 1).error().kind, ErrorKind::full);
    EXPECT_FALSE(gunzipped("no gzip at all", 100));
}

TEST(Gzip, TakesNoPartOfSeveralMembersForTheWhole)
{
    const auto two = gzipped("one", 6) + gzipped("two", 6);
    EXPECT_FALSE(gunzipped(two, 100));
    EXPECT_TRUE(gunzipped(gzipped("one", 6), 100));
}

}  // namespace
}  // namespace tidegate
