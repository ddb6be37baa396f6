#include "web/server/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <random>

namespace tidegate::web {
namespace {

std::string value_text(const store::Value& value)
{
    std::string out;
    json::append_value(out, value);
    return out;
}

std::string string_text(std::string_view text)
{
    std::string out;
    json::append_string(out, text);
    return out;
}

TEST(JsonText, WritesNumbersAsShortAsTheyReadBack)
{
    EXPECT_EQ(value_text(21.4), "21.4");
    EXPECT_EQ(value_text(230.0), "230");
    EXPECT_EQ(value_text(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(value_text(-0.5), "-0.5");
    EXPECT_EQ(value_text(true), "true");
    EXPECT_EQ(value_text(std::int64_t{-7}), "-7");
}

TEST(JsonText, ReadsBackEveryDoubleExactly)
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (!std::isfinite(value)) continue;
        const auto parsed = nlohmann::json::parse(value_text(value));
        ASSERT_EQ(parsed.get<double>(), value) << value_text(value);
    }
}

TEST(JsonText, SaysNullForWhatJsonCannotSay)
{
    EXPECT_EQ(value_text(std::nan("")), "null");
    EXPECT_EQ(value_text(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(value_text(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonText, WrapsIntegersThatADoubleWouldRound)
{
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    EXPECT_EQ(value_text(exact), "9007199254740992");
    EXPECT_EQ(value_text(-exact), "-9007199254740992");
    EXPECT_EQ(value_text(exact + 1), R"({"i":"9007199254740993"})");
    EXPECT_EQ(value_text(std::numeric_limits<std::int64_t>::min()), R"({"i":"-9223372036854775808"})");
}

TEST(JsonText, EscapesWhatAStringMayNotHold)
{
    EXPECT_EQ(string_text("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(string_text("21 °C"), "\"21 °C\"");
}

TEST(JsonText, ReplacesBytesThatAreNoUtf8)
{
    const std::string bad[] = {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\x80z"};
    for (const auto& text : bad) {
        const std::string out = string_text(text);
        EXPECT_NE(out.find("\xEF\xBF\xBD"), std::string::npos);
        EXPECT_FALSE(nlohmann::json::parse(out, nullptr, false).is_discarded()) << out;
    }
    EXPECT_EQ(string_text("\xF0\x9F\x8C\x8A"), "\"\xF0\x9F\x8C\x8A\"");
}

}  // namespace
}  // namespace tidegate::web
