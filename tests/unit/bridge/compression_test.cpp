#include "bridge/compression.hpp"

#include "support/gunzip.hpp"

#include <gtest/gtest.h>

#include <zstd.h>

namespace tidegate::bridge {
namespace {

std::string by_zstd(const std::string& packed)
{
    std::string plain(1'000'000, '\0');
    plain.resize(::ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size()));
    return plain;
}

TEST(Compression, GivesBackTheText)
{
    for (const auto& text : {std::string(), std::string("{}"), std::string(100'000, 'a')}) {
        EXPECT_EQ(tests::gunzip(compressed(text, Compression::gzip).value()), text);
        EXPECT_EQ(by_zstd(compressed(text, Compression::zstd).value()), text);
        EXPECT_EQ(compressed(text, Compression::none).value(), text);
    }
}

TEST(Compression, MakesTextSmallerAndSaysHow)
{
    const std::string text(100'000, 'a');
    for (const auto how : {Compression::gzip, Compression::zstd})
        EXPECT_LT(compressed(text, how).value().size(), 1000);
    EXPECT_EQ(encoding_of(Compression::gzip), "gzip");
    EXPECT_EQ(encoding_of(Compression::zstd), "zstd");
    EXPECT_EQ(encoding_of(Compression::none), "");
}

}  // namespace
}  // namespace tidegate::bridge
