#pragma once

#include "base/topic_trie.hpp"
#include "gateway/rules/rule.hpp"
#include "store/series_table.hpp"

#include <string_view>
#include <vector>

namespace tidegate::gateway {

// What is known of a series and can be matched.
struct Subject {
    std::string_view topic, device, field, device_class;
};

// Whether `text` is what `glob` says: '*' stands for any text, also none and also with "/" in it.
bool matches_glob(std::string_view glob, std::string_view text);

// Many matches, asked at once. For rules and for alarms; any number of threads.
class Matcher {
public:
    Matcher() = default;

    // Adds one behind the others; its index is how many there were. The topic must be a valid filter.
    void add(const Match& match);

    // The indexes of those that match, rising.
    std::vector<std::uint32_t> of(const Subject& subject) const;

private:
    TopicTrie topics_;
    std::vector<Match> matches_;
};

}  // namespace tidegate::gateway
