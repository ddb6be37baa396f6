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

TEST(DecoderRule, IsForEveryTopicWhereItsFilterIs)
{
    Decoder decoder;
    EXPECT_TRUE(decoder.read_as("#", "text"));
    EXPECT_EQ(decoder.decode({"a/b", "42"}).decoder, "text");
}

TEST(DecoderRule, IsToldAsTheReasonWithItsPlace)
{
    Decoder decoder;
    EXPECT_TRUE(decoder.read_as("tele/+/SENSOR", "json", "tidegate.toml:12"));
    auto decoded = decoder.decode({"tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.4}})"});
    EXPECT_EQ(chosen_by(decoded), "rule");
    EXPECT_EQ(decoded.rule, "tidegate.toml:12");
    EXPECT_EQ(chosen_because(decoded), "because the rule at tidegate.toml:12 says so");
    decoded = decoder.decode({"tele/kitchen/STATE", R"({"POWER":"ON"})"});
    EXPECT_EQ(chosen_by(decoded), "topic");
    EXPECT_EQ(chosen_because(decoded), "because its topic is one of tasmota's");
    EXPECT_EQ(chosen_by(decoder.decode({"a", R"({"b":1})"})), "structure");
    EXPECT_EQ(chosen_by(decoder.decode({"a", "21.4"})), "scalar");
    EXPECT_EQ(chosen_by(decoder.decode({"a", "door is open"})), "text");
    decoder.decode(
        {"homeassistant/sensor/x/config", R"({"stat_t":"lab/x","name":"Lab","unit_of_meas":"V"})"});
    EXPECT_EQ(chosen_by(decoder.decode({"lab/x", "3.3"})), "discovery");
}

TEST(DecoderRule, IsNamedAsItNamesTheDecoder)
{
    Decoder decoder;
    EXPECT_TRUE(decoder.read_as("a/#", "tasmota"));
    EXPECT_EQ(decoder.decode({"a/b", R"({"ENERGY":{"Power":5}})"}).decoder, "tasmota");
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
