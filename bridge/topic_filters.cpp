#include "bridge/topic_filters.hpp"

#include <algorithm>

namespace tidegate::bridge {

namespace {

// Takes the first level off.
std::string_view next_level(std::string_view& rest, bool& more)
{
    const auto slash = rest.find('/');
    const auto level = rest.substr(0, slash);
    more = slash != rest.npos;
    rest = more ? rest.substr(slash + 1) : std::string_view{};
    return level;
}

}  // namespace

bool covers(std::string_view wide, std::string_view narrow)
{
    if (wide == narrow) return true;
    // A wildcard at the beginning matches no topic that begins with "$".
    if (wide.starts_with('$') || narrow.starts_with('$')) return false;

    bool more_wide = true;
    bool more_narrow = true;
    while (more_wide && more_narrow) {
        const auto left = next_level(wide, more_wide);
        const auto right = next_level(narrow, more_narrow);
        if (left == "#") return true;
        if (right == "#" || (left != "+" && left != right)) return false;
    }
    // "a/#" matches "a" itself.
    return more_wide == more_narrow || (more_wide && wide == "#");
}

std::vector<std::string> without_covered(const std::vector<std::string>& filters)
{
    std::vector<std::string> kept;
    for (const auto& filter : filters) {
        if (std::ranges::any_of(kept, [&](const auto& wide) { return covers(wide, filter); })) continue;
        std::erase_if(kept, [&](const auto& narrow) { return covers(filter, narrow); });
        kept.push_back(filter);
    }
    return kept;
}

}  // namespace tidegate::bridge
