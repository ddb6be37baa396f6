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

}  // namespace tidegate::bridge
