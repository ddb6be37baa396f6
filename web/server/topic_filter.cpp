#include "web/server/topic_filter.hpp"

#include <cstddef>

namespace tidegate::web {
namespace {

// Takes the first level off `rest`; `more` says whether another one follows.
std::string_view take_level(std::string_view& rest, bool& more)
{
    const std::size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    const std::string_view level = rest.substr(0, slash);
    rest = more ? rest.substr(slash + 1) : std::string_view{};
    return level;
}

}  // namespace

bool valid_filter(std::string_view filter)
{
    constexpr std::size_t longest = 65535;
    if (filter.empty() || filter.size() > longest || filter.find('\0') != std::string_view::npos)
        return false;
    for (bool more = true; more;) {
        const std::string_view level = take_level(filter, more);
        if (level == "#") return !more;
        if (level != "+" && level.find_first_of("+#") != std::string_view::npos) return false;
    }
    return true;
}

bool matches(std::string_view filter, std::string_view topic)
{
    if (topic.starts_with('$') && !filter.starts_with('$')) return false;
    bool more_filter = true;
    bool more_topic = true;
    while (more_filter && more_topic) {
        const std::string_view wanted = take_level(filter, more_filter);
        if (wanted == "#") return true;
        const std::string_view level = take_level(topic, more_topic);
        if (wanted != "+" && wanted != level) return false;
    }
    if (more_topic) return false;
    return !more_filter || filter == "#";  // "a/#" matches "a" itself
}

}  // namespace tidegate::web
