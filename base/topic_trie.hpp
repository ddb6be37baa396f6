#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate {

// Topic filters by their levels, so that a topic is held against all of them at once: what it costs depends
// on the levels of the topic, not on the number of filters. Reading is safe from any number of threads.
class TopicTrie {
public:
    // `filter` must be valid (topic_filter.hpp). Several may have the same id, and the same filter several.
    void add(std::string_view filter, std::uint32_t id);

    bool empty() const { return nodes_.size() == 1 && nodes_.front().below.empty(); }  // "#" has no levels

    // Appends the ids of the filters that match, in no order; see matches().
    void find(std::string_view topic, std::vector<std::uint32_t>& found) const;

    // The least of them; none: `otherwise`.
    std::uint32_t least(std::string_view topic, std::uint32_t otherwise) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    struct Node {
        std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> levels;  // to their nodes
        std::uint32_t any = 0;             // the node of "+"; 0: there is none
        std::vector<std::uint32_t> here;   // of filters that end here
        std::vector<std::uint32_t> below;  // of filters that go on with "#"
    };

    std::uint32_t step(std::uint32_t node, std::string_view level);
    template <class Visit>
    void descend(std::uint32_t node, std::string_view rest, bool wildcards, const Visit& visit) const;

    std::vector<Node> nodes_{1};
};

}  // namespace tidegate
