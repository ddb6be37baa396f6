#include "web/server/text.hpp"

#include <algorithm>
#include <charconv>

namespace tidegate::web {

bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool is_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

bool equal_no_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<std::string> percent_decoded(std::string_view text, Plus plus)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return std::nullopt;
        unsigned value = 0;
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (value < 0x20 || value == 0x7F) return std::nullopt;
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

bool accepts(std::string_view list, std::string_view coding)
{
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        const std::string_view item = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        const std::size_t semicolon = std::min(item.find(';'), item.size());
        if (!equal_no_case(trimmed(item.substr(0, semicolon)), coding)) continue;
        const std::string_view weight = trimmed(item.substr(std::min(semicolon + 1, item.size())));
        return !(weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string_view::npos);
    }
    return false;
}

bool is_known_to(std::string_view if_none_match, std::string_view etag)
{
    while (!if_none_match.empty()) {
        const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
        std::string_view one = trimmed(if_none_match.substr(0, end));
        if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == etag || one == "*") return true;
    }
    return false;
}

}  // namespace tidegate::web
