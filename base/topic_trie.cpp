#include "base/topic_trie.hpp"

#include <algorithm>

namespace tidegate {

void TopicTrie::add(std::string_view filter, std::uint32_t id)
{
    std::uint32_t node = 0;
    for (;;) {
        const auto slash = filter.find('/');
        const auto level = filter.substr(0, slash);
        if (level == "#") return nodes_[node].below.push_back(id);
        node = step(node, level);
        if (slash == filter.npos) return nodes_[node].here.push_back(id);
        filter.remove_prefix(slash + 1);
    }
}

std::uint32_t TopicTrie::step(std::uint32_t node, std::string_view level)
{
    const auto next = static_cast<std::uint32_t>(nodes_.size());
    if (level == "+") {
        if (nodes_[node].any != 0) return nodes_[node].any;
        nodes_[node].any = next;
    } else {
        const auto [found, fresh] = nodes_[node].levels.emplace(level, next);
        if (!fresh) return found->second;
    }
    nodes_.emplace_back();
    return next;
}

// As deep as the deepest filter, which is ours, and no deeper than the topic, which is not.
template <class Visit>
void TopicTrie::descend(std::uint32_t node, std::string_view rest, bool wildcards, const Visit& visit) const
{
    const auto& at = nodes_[node];
    if (wildcards) visit(at.below);
    const auto slash = rest.find('/');
    const auto level = rest.substr(0, slash);
    const auto enter = [&](std::uint32_t next) {
        if (slash != rest.npos) return descend(next, rest.substr(slash + 1), true, visit);
        visit(nodes_[next].here);
        visit(nodes_[next].below);  // "a/#" matches "a" itself
    };
    if (const auto found = at.levels.find(level); found != at.levels.end()) enter(found->second);
    if (wildcards && at.any != 0) enter(at.any);
}

void TopicTrie::find(std::string_view topic, std::vector<std::uint32_t>& found) const
{
    descend(0, topic, !topic.starts_with('$'),
            [&](const auto& ids) { found.insert(found.end(), ids.begin(), ids.end()); });
}

std::uint32_t TopicTrie::least(std::string_view topic, std::uint32_t otherwise) const
{
    descend(0, topic, !topic.starts_with('$'), [&](const auto& ids) {
        for (const auto id : ids) otherwise = std::min(otherwise, id);
    });
    return otherwise;
}

}  // namespace tidegate
