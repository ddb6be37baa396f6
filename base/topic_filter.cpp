#include "base/topic_filter.hpp"

#include <algorithm>

namespace tidegate {

namespace {

// Takes the first level off `rest`; `more` says whether another one follows.
std::string_view take_level(std::string_view& rest, bool& more)
{
    const auto slash = rest.find('/');
    const auto level = rest.substr(0, slash);
    more = slash != rest.npos;
    rest = more ? rest.substr(slash + 1) : std::string_view{};
    return level;
}

}  // namespace

bool valid_filter(std::string_view filter)
{
    constexpr std::size_t longest = 65535;
    if (filter.empty() || filter.size() > longest || filter.find('\0') != filter.npos) return false;
    for (bool more = true; more;) {
        const auto level = take_level(filter, more);
        if (level == "#") return !more;
        if (level != "+" && level.find_first_of("+#") != level.npos) return false;
    }
    return true;
}

bool matches(std::string_view filter, std::string_view topic)
{
    if (topic.starts_with('$') && !filter.starts_with('$')) return false;
    bool more_filter = true;
    bool more_topic = true;
    while (more_filter && more_topic) {
        const auto wanted = take_level(filter, more_filter);
        if (wanted == "#") return true;
        const auto level = take_level(topic, more_topic);
        if (wanted != "+" && wanted != level) return false;
    }
    if (more_topic) return false;
    return !more_filter || filter == "#";  // "a/#" matches "a" itself
}

bool covers(std::string_view wide, std::string_view narrow)
{
    if (wide == narrow) return true;
    // A wildcard at the beginning matches no topic that begins with "$".
    if (wide.starts_with('$') || narrow.starts_with('$')) return false;

    bool more_wide = true;
    bool more_narrow = true;
    while (more_wide && more_narrow) {
        const auto left = take_level(wide, more_wide);
        const auto right = take_level(narrow, more_narrow);
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

}  // namespace tidegate
