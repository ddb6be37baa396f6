#include "bridge/gzip.hpp"

#include "support/gunzip.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tidegate::bridge {
namespace {

TEST(Gzip, GivesBackTheText)
{
    std::mt19937 random(1);
    std::string noise(100'000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    for (const auto& text : {std::string(), std::string("{}"), std::string(100'000, 'a'), noise}) {
        const auto packed = gzip(text);
        ASSERT_TRUE(packed);
        EXPECT_EQ(tests::gunzip(*packed), text);
    }
}

TEST(Gzip, MakesTextSmaller)
{
    EXPECT_LT(gzip(std::string(100'000, 'a'))->size(), 1000);
}

}  // namespace
}  // namespace tidegate::bridge
