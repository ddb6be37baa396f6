#pragma once

#include <string>
#include <string_view>

namespace tidegate::bridge {

// A level of a topic made of any text, like a gateway's id: without wildcards, slashes and NUL.
inline std::string topic_level(std::string_view text)
{
    std::string level;
    for (const char c : text) level += c == '+' || c == '#' || c == '/' || c == '\0' ? '_' : c;
    return level;
}

// A topic of the gateway's own, from how it is configured: `{gateway}` is the gateway's id as a level.
inline std::string own_topic(std::string pattern, std::string_view gateway)
{
    constexpr std::string_view place = "{gateway}";
    if (const auto at = pattern.find(place); at != pattern.npos)
        pattern.replace(at, place.size(), topic_level(gateway));
    return pattern;
}

}  // namespace tidegate::bridge
