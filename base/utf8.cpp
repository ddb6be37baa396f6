#include "base/utf8.hpp"

#include <algorithm>

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

}  // namespace

std::size_t utf8_sequence(std::string_view text, std::size_t at)
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

std::string shown(std::string_view text)
{
    const auto steers = [&](std::size_t at, std::size_t bytes) {
        const auto first = static_cast<unsigned char>(text[at]);
        if (first < 0x80) return first < 0x20 || first == 0x7f;
        const bool c1 = bytes == 2 && first == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
        return bytes == 0 || c1;
    };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
        const auto bytes = ascii ? 1 : utf8_sequence(text, at);
        if (steers(at, bytes))
            out += '?';
        else
            out += text.substr(at, bytes);
        at += std::max<std::size_t>(bytes, 1);
    }
    return out;
}

}  // namespace tidegate
