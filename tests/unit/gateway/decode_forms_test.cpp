// Payloads that programs write though no standard has them, and the corners of those that it has.
#include "decode_house.hpp"

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Value;

TEST(Forms, JsonWithNanGivesTheRest)
{
    House house;
    for (const auto* word : {"NaN", "nan", "-nan", "Infinity", "-Infinity", "inf"}) {
        const auto decoded = house.hear("h", R"({"text":"NaN \"nan","humidity":50,"list":[)" +
                                                 std::string(word) + R"(,2],"a":)" + word + "}");
        ASSERT_FALSE(decoded.rejected) << word << ": " << decoded.why;
        EXPECT_EQ(decoded.absent, 2U) << word;
        EXPECT_EQ(house.value("/humidity"), Value(std::int64_t{50}));
        EXPECT_EQ(house.value("/list/1"), Value(std::int64_t{2}));
        EXPECT_EQ(house.value("/text"), Value(std::string("NaN \"nan")));
    }
    EXPECT_EQ(house.hear("h", R"({"a":NaN})").rejected, Reject::no_reading);
    const auto broken = house.hear("h", R"({"a":NaN,"b":})");
    EXPECT_EQ(broken.rejected, Reject::malformed) << "still no JSON";
}

TEST(Forms, JsonWithARepeatedKeyGivesOneReading)
{
    House house;
    const auto decoded = house.hear("h", R"({"t":21.5,"x":1,"t":22.5})");
    ASSERT_EQ(decoded.fields.size(), 2U);
    EXPECT_EQ(house.value("/t"), Value(22.5)) << "the last one counts";
}

TEST(Forms, CborMayDescribeItself)
{
    House house;
    EXPECT_EQ(house.hear("c", "\xd9\xd9\xf7\xa1\x61\x61\x05").decoder, "cbor");
    EXPECT_EQ(house.value("/a"), Value(std::int64_t{5}));
}

TEST(Forms, MessagePackHasIntegerKeysAndFloatsOf32Bits)
{
    House house;
    // {1: 5, -1: -200, 300: 12.1f, "b": [true, nil, 2^63 - 1, bin, timestamp]}
    const std::string bytes(
        "\x84\x01\x05\xff\xd1\xff\x38\xcd\x01\x2c\xca\x41\x41\x99\x9a\xa1"
        "b\x95\xc3\xc0\xcf\x7f\xff\xff\xff\xff\xff\xff\xff\xc4\x01\x00\xd6\xff\x5c\x2a\xad\x23",
        38);
    EXPECT_EQ(house.hear("m", bytes).decoder, "messagepack") << house.hear("m", bytes).why;
    EXPECT_EQ(house.value("/1"), Value(std::int64_t{5}));
    EXPECT_EQ(house.value("/-1"), Value(std::int64_t{-200}));
    EXPECT_EQ(house.value("/300"), Value(12.1)) << "not 12.100000381469727";
    EXPECT_EQ(house.value("/b/0"), Value(true));
    EXPECT_EQ(house.value("/b/2"), Value(std::int64_t{9223372036854775807}));
    EXPECT_EQ(house.field("/b/3"), nullptr);
    for (std::size_t length = 1; length < bytes.size(); ++length)
        EXPECT_TRUE(house.hear("m", std::string_view(bytes).substr(0, length)).rejected) << length;
}

TEST(Forms, LineProtocolMayBeginWithAComment)
{
    House house;
    EXPECT_EQ(house.hear("l", "# telegraf\n\n# two\ncpu v=1").decoder, "line-protocol");
    EXPECT_EQ(house.value("/cpu/v"), Value(1.0));
    EXPECT_EQ(house.hear("l", "# a heading").decoder, "text");
    EXPECT_EQ(house.hear("l", "# a heading\nand some words").decoder, "text");
}

TEST(Forms, WhatIsDeclaredATextStaysOne)
{
    House house;
    house.hear("/devices/wb/controls/txt/meta/type", "text");
    house.hear("/devices/wb/controls/txt", "0042");
    EXPECT_EQ(house.value(""), Value(std::string("0042")));
    house.hear("/devices/wb/controls/txt", "42");
    EXPECT_EQ(house.value(""), Value(std::string("42")));
    house.hear("node/text_sensor/version/state", "1.0");
    EXPECT_EQ(house.value(""), Value(std::string("1.0")));
    house.hear("node/sensor/level/state", "1.0");
    EXPECT_EQ(house.value(""), Value(1.0));
}

TEST(Forms, WordsForNoValueAreNone)
{
    House house;
    for (const auto* word : {"-nan", "undefined", "-Infinity"})
        EXPECT_EQ(house.hear("h", word).rejected, Reject::no_reading) << word;
}

}  // namespace
}  // namespace tidegate::gateway
