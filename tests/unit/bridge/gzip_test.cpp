#include "bridge/gzip.hpp"

#include <gtest/gtest.h>

#include <random>
#include <zlib.h>

namespace tidegate::bridge {
namespace {

std::string gunzip(std::string packed, std::size_t most)
{
    std::string out(most, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Gzip, GivesBackTheText)
{
    std::mt19937 random(1);
    std::string noise(100'000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    for (const auto& text : {std::string(), std::string("{}"), std::string(100'000, 'a'), noise}) {
        const auto packed = gzip(text);
        ASSERT_TRUE(packed);
        EXPECT_EQ(gunzip(*packed, text.size() + 1), text);
    }
}

TEST(Gzip, MakesTextSmaller)
{
    EXPECT_LT(gzip(std::string(100'000, 'a'))->size(), 1000);
}

}  // namespace
}  // namespace tidegate::bridge
