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

namespace {

// RFC 9110: 0 to 1, three digits behind the point at most.
double quality_of(std::string_view parameters)
{
    while (!parameters.empty()) {
        const std::size_t end = std::min(parameters.find(';'), parameters.size());
        const std::string_view one = trimmed(parameters.substr(0, end));
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
        if (one.size() < 2 || lower(one[0]) != 'q' || one[1] != '=') continue;
        const auto digits = one.substr(2);
        const bool plain = !digits.empty() && digits.size() <= 5 &&
                           digits.find_first_not_of("0123456789.") == std::string_view::npos;
        double q = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), q);
        return plain && read.ec == std::errc{} && read.ptr == digits.data() + digits.size() && q <= 1 ? q : 0;
    }
    return 1;
}

}  // namespace

std::optional<double> weight_in(std::string_view list, std::string_view coding)
{
    std::optional<double> of_any;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        const std::string_view item = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        const std::size_t semicolon = std::min(item.find(';'), item.size());
        const auto name = trimmed(item.substr(0, semicolon));
        const auto parameters = item.substr(std::min(semicolon + 1, item.size()));
        if (equal_no_case(name, coding)) return quality_of(parameters);
        if (name == "*") of_any = quality_of(parameters);
    }
    return of_any;
}

bool accepts(std::string_view list, std::string_view coding)
{
    return weight_in(list, coding).value_or(0) > 0;
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
