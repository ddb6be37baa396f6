#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

TEST(DecoderRule, ComesBeforeWhatTheTopicAndThePayloadLookLike)
{
    Decoder decoder;
    EXPECT_EQ(decoder.decode({"meter/1/raw", "42"}).fields.at(0).value, store::Value(std::int64_t{42}));
    EXPECT_TRUE(decoder.read_as("meter/+/raw", "text"));
    const auto decoded = decoder.decode({"meter/1/raw", "42"});
    EXPECT_EQ(decoded.decoder, "text");
    EXPECT_EQ(decoded.fields.at(0).value, store::Value("42"));
    EXPECT_EQ(decoder.decode({"meter/1", "42"}).fields.at(0).value, store::Value(std::int64_t{42}));
}

TEST(DecoderRule, IsTheFirstThatMatches)
{
    Decoder decoder;
    EXPECT_TRUE(decoder.read_as("a/b", "scalar"));
    EXPECT_TRUE(decoder.read_as("a/#", "text"));
    EXPECT_EQ(decoder.decode({"a/b", "42"}).decoder, "scalar");
    EXPECT_EQ(decoder.decode({"a/c", "42"}).decoder, "text");
}

TEST(DecoderRule, IsRefusedWhereThereIsNoSuchDecoder)
{
    Decoder decoder;
    EXPECT_FALSE(decoder.read_as("#", "jsno"));
    EXPECT_FALSE(Decoder::knows("jsno"));
    for (const auto name : Decoder::names()) EXPECT_TRUE(Decoder::knows(name)) << name;
}

}  // namespace
}  // namespace tidegate::gateway
