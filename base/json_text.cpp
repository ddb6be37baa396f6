#include "base/json_text.hpp"

#include "base/utf8.hpp"

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
        } else if (const auto bytes = utf8_sequence(text, at); bytes > 0) {
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
