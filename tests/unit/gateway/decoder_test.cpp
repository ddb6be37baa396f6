#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <limits>
#include <random>

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Value;

Decoded read(std::string_view payload, DecodeLimits limits = {})
{
    return Decoder(limits).decode({"plant/a", payload});
}

Value scalar(std::string_view payload)
{
    const auto decoded = read(payload);
    EXPECT_EQ(decoded.fields.size(), 1U) << payload << ": " << decoded.why;
    return decoded.fields.empty() ? Value(std::string("nothing")) : decoded.fields.front().value;
}

TEST(Decoder, ReadsScalars)
{
    EXPECT_EQ(scalar("21.5"), Value(21.5));
    EXPECT_EQ(scalar(" 42\r\n"), Value(std::int64_t{42}));
    EXPECT_EQ(scalar("-0.5"), Value(-0.5));
    EXPECT_EQ(scalar("+3"), Value(std::int64_t{3}));
    EXPECT_EQ(scalar("1e3"), Value(1000.0));
    EXPECT_EQ(scalar("true"), Value(true));
    EXPECT_EQ(scalar("False"), Value(false));
    EXPECT_EQ(scalar("ON"), Value(std::string("ON")));
    EXPECT_EQ(scalar("9223372036854775807"), Value(std::numeric_limits<std::int64_t>::max()));
    EXPECT_EQ(scalar("9223372036854775808"), Value(9223372036854775808.0));
}

TEST(Decoder, LeavesIdentifiersAndForeignNumbersAsText)
{
    for (const auto* text :
         {"007", "0x1F", "1,5", "1.2.3", "12A", "12 parsecs", "2C:F4:32", "1e999", "--5", "+"})
        EXPECT_EQ(scalar(text), Value(std::string(text)));
}

TEST(Decoder, ReadsANumberWithItsUnit)
{
    struct Case {
        const char* payload;
        Value value;
        const char* unit;
    };
    for (const auto& [payload, value, unit] :
         {Case{"640136 seconds", std::int64_t{640136}, "s"}, Case{"21.5 °C", 21.5, "°C"},
          Case{"12 %", std::int64_t{12}, "%"}, Case{"55%", std::int64_t{55}, "%"},
          Case{"-3.5kWh", -3.5, "kWh"}, Case{"230 V", std::int64_t{230}, "V"}}) {
        const auto decoded = read(payload);
        ASSERT_EQ(decoded.fields.size(), 1U) << payload;
        EXPECT_EQ(decoded.fields.front().value, value) << payload;
        EXPECT_EQ(decoded.fields.front().unit, unit) << payload;
    }
}

TEST(Decoder, NeverTakesTheAbsenceOfAValueForOne)
{
    for (const auto* text :
         {"nan", "NaN", "null", "unavailable", "Unknown", "inf", "{\"value\":null}", "{}", "[]", "[null]"})
        EXPECT_EQ(read(text).rejected, Reject::no_reading) << text;
    EXPECT_EQ(read("").rejected, Reject::empty);
    EXPECT_EQ(read(" \n").rejected, Reject::empty);
}

TEST(Decoder, NamesTheValuesOfJsonByPointers)
{
    const auto decoded = read(R"({"a":{"b/c":1.5,"d~e":[true,{"f":"x"}]},"n":null,"g":-7,"":2})");
    ASSERT_EQ(decoded.fields.size(), 5U);
    EXPECT_EQ(decoded.decoder, "json");
    EXPECT_EQ(decoded.fields[0].pointer, "/a/b~1c");
    EXPECT_EQ(decoded.fields[0].value, Value(1.5));
    EXPECT_EQ(decoded.fields[1].pointer, "/a/d~0e/0");
    EXPECT_EQ(decoded.fields[1].value, Value(true));
    EXPECT_EQ(decoded.fields[2].pointer, "/a/d~0e/1/f");
    EXPECT_EQ(decoded.fields[3].pointer, "/g");
    EXPECT_EQ(decoded.fields[3].value, Value(std::int64_t{-7}));
    EXPECT_EQ(decoded.fields[4].pointer, "/");
}

TEST(Decoder, CountsArrayElementsOnAfterNestedOnesAndNulls)
{
    const auto decoded = read(R"([1,[2,3],null,{"x":4},5])");
    ASSERT_EQ(decoded.fields.size(), 5U);
    EXPECT_EQ(decoded.fields[1].pointer, "/1/0");
    EXPECT_EQ(decoded.fields[2].pointer, "/1/1");
    EXPECT_EQ(decoded.fields[3].pointer, "/3/x");
    EXPECT_EQ(decoded.fields[4].pointer, "/4");
}

TEST(Decoder, LeavesOutTimesWhichAreNoMeasurements)
{
    const auto decoded =
        read(R"({"Time":"2026-11-24T05:00:00","at":"2026-11-24 05:00:00.5+01:00","day":"2026-11-24","v":1})");
    ASSERT_EQ(decoded.fields.size(), 2U);
    EXPECT_EQ(decoded.fields[0].pointer, "/day");
    EXPECT_EQ(decoded.fields[1].pointer, "/v");
}

TEST(Decoder, KeepsIntegersOf64Bits)
{
    const auto decoded =
        read(R"({"most":9223372036854775807,"least":-9223372036854775808,"more":18446744073709551615})");
    ASSERT_EQ(decoded.fields.size(), 3U);
    EXPECT_EQ(decoded.fields[0].value, Value(std::numeric_limits<std::int64_t>::max()));
    EXPECT_EQ(decoded.fields[1].value, Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(decoded.fields[2].value, Value(18446744073709551615.0));
}

TEST(Decoder, RefusesBrokenJsonAndSaysWhere)
{
    const auto decoded = read(R"({"a":1,)");
    EXPECT_EQ(decoded.rejected, Reject::malformed);
    EXPECT_NE(decoded.why.find("ends after 7 bytes"), std::string::npos) << decoded.why;
    EXPECT_TRUE(decoded.fields.empty());
    EXPECT_EQ(read("{\"a\":1e400}").rejected, Reject::malformed);
    EXPECT_EQ(read("{\"a\":\"\xff\"}").rejected, Reject::malformed);
    EXPECT_EQ(scalar("[warn] pump is hot"), Value(std::string("[warn] pump is hot"))) << "a log line is text";
}

TEST(Decoder, RefusesBytesThatAreNoText)
{
    EXPECT_EQ(read("\xff\xfe").rejected, Reject::not_utf8);
    EXPECT_EQ(read(std::string_view("a\0b", 3)).rejected, Reject::not_utf8);
    EXPECT_EQ(read("\xc0\xaf").rejected, Reject::not_utf8) << "an overlong form";
    EXPECT_EQ(read("\xed\xa0\x80").rejected, Reject::not_utf8) << "a surrogate";
    EXPECT_EQ(scalar("geöffnet"), Value(std::string("geöffnet")));
}

TEST(Decoder, StopsAtItsLimits)
{
    DecodeLimits limits;
    limits.depth = 3;
    limits.fields = 3;
    limits.payload = 40;
    EXPECT_FALSE(read("[[[1]]]", limits).rejected);
    EXPECT_EQ(read("[[[[1]]]]", limits).rejected, Reject::too_deep);
    EXPECT_FALSE(read("[1,2,3]", limits).rejected);
    EXPECT_EQ(read("[1,2,3,4]", limits).rejected, Reject::too_many_fields);
    EXPECT_EQ(read(std::string(41, 'x'), limits).rejected, Reject::too_large);
}

TEST(Decoder, RefusesANameThatWouldMakeEveryPointerLong)
{
    const auto decoded = read(fmt::format(R"({{"{}":[1,2,3]}})", std::string(2000, 'x')));
    EXPECT_EQ(decoded.rejected, Reject::too_large);
    EXPECT_TRUE(decoded.fields.empty());
}

TEST(Decoder, SurvivesJsonNestedAHundredThousandDeep)
{
    EXPECT_EQ(read(std::string(100'000, '[')).rejected, Reject::too_deep);
    std::string objects;
    for (int i = 0; i < 40'000; ++i) objects += "{\"a\":";
    EXPECT_EQ(read(objects).rejected, Reject::too_deep);
}

TEST(Decoder, SurvivesAHundredThousandMangledPayloads)
{
    std::mt19937 random(7);
    const std::string good = R"({"a":{"b":[1,2.5,true,null,"text é"]},"c":-1e5,"d":"2026-11-24T05:00:00"})";
    std::size_t refused = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto payload = good;
        for (auto changes = 1 + random() % 5; changes > 0; --changes)
            payload[random() % payload.size()] = static_cast<char>(random());
        refused += read(payload).rejected ? 1 : 0;
    }
    EXPECT_GT(refused, 50'000U);
}

}  // namespace
}  // namespace tidegate::gateway
