#include "gateway/rules/alarm_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array<std::string_view, 8> names{"device", "name",  "value", "unit",
                                                "topic",  "field", "limit", "alarm"};

// Calls text(…) and name(…) for what is outside and inside of braces, in order.
template <class OnText, class OnName>
void for_each_part(std::string_view text, const OnText& on_text, const OnName& on_name)
{
    while (!text.empty()) {
        const auto open = text.find('{');
        const auto close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos) return on_text(text);
        on_text(text.substr(0, open));
        on_name(text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
}

}  // namespace

std::string_view alarm_placeholders()
{
    return "{device}, {name}, {value}, {unit}, {topic}, {field}, {limit} and {alarm}";
}

std::string unknown_placeholder(std::string_view text)
{
    std::string unknown;
    for_each_part(
        text, [](std::string_view) {},
        [&](std::string_view name) {
            if (unknown.empty() && std::ranges::find(names, name) == names.end())
                unknown = fmt::format("{{{}}}", name);
        });
    return unknown;
}

std::string fill(std::string_view text, const std::function<std::string(std::string_view)>& meaning)
{
    std::string out;
    for_each_part(
        text, [&](std::string_view part) { out += part; },
        [&](std::string_view name) { out += meaning(name); });
    return out;
}

std::string lasting_text(std::int64_t seconds)
{
    constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
    if (seconds < 2 * minute) return fmt::format("{} s", seconds);
    if (seconds < 2 * hour) return fmt::format("{} min", seconds / minute);
    if (seconds < 2 * day) return fmt::format("{} h {} min", seconds / hour, seconds % hour / minute);
    return fmt::format("{} d {} h", seconds / day, seconds % day / hour);
}

}  // namespace tidegate::gateway
