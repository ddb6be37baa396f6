#include "web/server/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace tidegate::web::json {
namespace {

constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

// How many bytes the UTF-8 sequence at the head of `text` has; 0 when it is none (RFC 3629, table 3-7 of
// Unicode).
std::size_t utf8_length(std::string_view text)
{
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [byte](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return continues(1) ? 2 : 0;
    if (first < 0xF0) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (first > 0xF4) return 0;
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

void append_control(std::string& out, unsigned char byte)
{
    constexpr std::string_view digits = "0123456789abcdef";
    switch (byte) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    out += "\\u00";
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
}

template <class T>
void append_chars(std::string& out, T value)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
}

}  // namespace

void append_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (first < 0x20 || first == 0x7F) {
            append_control(out, first);
        } else {
            if (first == '"' || first == '\\') out += '\\';
            out.append(text, 0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void append_number(std::string& out, double value)
{
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    append_chars(out, value);
}

void append_integer(std::string& out, std::int64_t value)
{
    append_chars(out, value);
}

void append_unsigned(std::string& out, std::uint64_t value)
{
    append_chars(out, value);
}

void append_value(std::string& out, const store::Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? "true" : "false";
    } else if (const auto* number = std::get_if<double>(&value)) {
        append_number(out, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        append_string(out, *text);
    } else {
        const auto integer = std::get<std::int64_t>(value);
        const bool exact = integer >= -exact_limit && integer <= exact_limit;
        if (!exact) out += R"({"i":")";
        append_chars(out, integer);
        if (!exact) out += R"("})";
    }
}

}  // namespace tidegate::web::json
