#include "base/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstring>
#include <limits>
#include <random>

namespace tidegate {
namespace {

using nlohmann::json;

std::string text(std::string_view in)
{
    std::string out;
    append_json_text(out, in);
    return out;
}

std::string number(double in)
{
    std::string out;
    append_json_number(out, in);
    return out;
}

TEST(JsonText, LeavesPlainTextAlone)
{
    EXPECT_EQ(text(""), R"("")");
    EXPECT_EQ(text("tele/kitchen/SENSOR"), R"("tele/kitchen/SENSOR")");
    EXPECT_EQ(text("21 °C, ≥ 𝄞"), "\"21 °C, ≥ 𝄞\"");
}

TEST(JsonText, EscapesWhatJsonForbids)
{
    EXPECT_EQ(text("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(text("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(text(std::string_view("\0\x01\x1f\x7f", 4)), R"("\u0000\u0001\u001f\u007f")");
}

TEST(JsonText, ReplacesWhatIsNoUtf8)
{
    const std::string replaced = "\"\xef\xbf\xbd\"";
    for (const auto* wrong : {"\x80", "\xff", "\xc3", "\xc0", "\xf8"}) EXPECT_EQ(text(wrong), replaced);
    EXPECT_EQ(text("a\xc3(b"), "\"a\xef\xbf\xbd(b\"");
    // Overlong forms, surrogates, beyond U+10FFFF: each byte on its own.
    for (const auto* wrong :
         {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\xaf"}) {
        std::string expected = "\"";
        for (std::size_t i = 0; i < std::strlen(wrong); ++i) expected += "\xef\xbf\xbd";
        EXPECT_EQ(text(wrong), expected + "\"");
    }
    EXPECT_EQ(text(std::string_view("\xe2\x82\xac", 2)), "\"\xef\xbf\xbd\xef\xbf\xbd\"")
        << "cut off at the end";
}

TEST(JsonText, IsReadBackAsItWasForAnyValidText)
{
    for (const std::string valid : {"", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                    "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(json::parse(text(valid)).get<std::string>(), valid);
}

TEST(JsonText, IsAlwaysValidWhateverTheBytes)
{
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 12, '\0');
        for (auto& byte : bytes)
            byte = static_cast<char>(random() % 4 == 0 ? random() : 0xc0U + random() % 0x40U);
        ASSERT_NO_THROW(json::parse(text(bytes)));
    }
}

TEST(JsonNumber, IsTheShortestThatReadsBackTheSame)
{
    EXPECT_EQ(number(21.4), "21.4");
    EXPECT_EQ(number(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(number(5), "5");
    EXPECT_EQ(number(-0.0), "-0");
}

TEST(JsonNumber, ReadsBackTheSameForAnyNumber)
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 100'000; ++i) {
        const auto bits = random();
        double in = 0;
        std::memcpy(&in, &bits, sizeof in);
        if (in != in || in - in != 0) continue;
        ASSERT_EQ(json::parse(number(in)).get<double>(), in);
    }
}

TEST(JsonNumber, IsNullForWhatJsonCannotSay)
{
    EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
    EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

}  // namespace
}  // namespace tidegate
