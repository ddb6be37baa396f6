#include "base/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>

namespace tidegate {

namespace {

unsigned byte_at(std::string_view text, std::size_t index)
{
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
}

bool continues(unsigned byte)
{
    return (byte & 0xc0U) == 0x80U;
}

// Bytes of the UTF-8 sequence that starts at `at`, a byte beyond ASCII; 0 when it is none (Unicode 15, table
// 3-7).
std::size_t sequence_at(std::string_view text, std::size_t at)
{
    const auto first = byte_at(text, at);
    const auto second = byte_at(text, at + 1);
    if (first >= 0xc2 && first <= 0xdf) return continues(second) ? 2 : 0;

    if (first >= 0xe0 && first <= 0xef) {
        const auto least = first == 0xe0 ? 0xa0U : 0x80U;  // no overlong forms
        const auto most = first == 0xed ? 0x9fU : 0xbfU;   // no surrogates
        return second >= least && second <= most && continues(byte_at(text, at + 2)) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const auto least = first == 0xf0 ? 0x90U : 0x80U;
        const auto most = first == 0xf4 ? 0x8fU : 0xbfU;  // nothing beyond U+10FFFF
        const bool rest = continues(byte_at(text, at + 2)) && continues(byte_at(text, at + 3));
        return second >= least && second <= most && rest ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, char c)
{
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

bool plain(unsigned byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text)
{
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && plain(byte_at(text, end))) ++end;
        out.append(text, at, end - at);
        at = end;
        if (at == text.size()) break;

        if (byte_at(text, at) < 0x80) {
            append_escaped(out, text[at++]);
        } else if (const auto bytes = sequence_at(text, at); bytes > 0) {
            out.append(text, at, bytes);
            at += bytes;
        } else {
            out += replacement;
            ++at;
        }
    }
    out += '"';
}

void append_json_number(std::string& out, double number)
{
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    std::array<char, 32> text{};
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

}  // namespace tidegate
