#include "base/topic_trie.hpp"

#include "base/topic_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tidegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::uint32_t> found(const TopicTrie& trie, std::string_view topic)
{
    std::vector<std::uint32_t> ids;
    trie.find(topic, ids);
    return ids;
}

TEST(TopicTrie, FindsEveryFilterThatMatches)
{
    TopicTrie trie;
    EXPECT_TRUE(trie.empty());
    trie.add("#", 0);
    trie.add("a/+/c", 1);
    trie.add("a/b/c", 2);
    trie.add("a/b/#", 3);
    trie.add("a/b/c/#", 4);
    trie.add("a/b", 5);
    trie.add("a/b/c", 6);
    EXPECT_FALSE(trie.empty());
    EXPECT_THAT(found(trie, "a/b/c"), UnorderedElementsAre(0, 1, 2, 3, 4, 6));
    EXPECT_THAT(found(trie, "a/b"), UnorderedElementsAre(0, 3, 5));
    EXPECT_THAT(found(trie, "a"), ElementsAre(0));
    EXPECT_THAT(found(trie, "$SYS/a"), IsEmpty());
    EXPECT_EQ(trie.least("a/x/c", 9), 0U);
    EXPECT_EQ(trie.least("$SYS/a", 9), 9U);
}

TEST(TopicTrie, IsEmptyUntilAnyFilterIsThereAlsoOneOfEveryTopic)
{
    TopicTrie trie;
    EXPECT_TRUE(trie.empty());
    trie.add("#", 1);
    EXPECT_FALSE(trie.empty());
}

TEST(TopicTrie, SaysOfRandomFiltersAndTopicsWhatMatchingEachOfThemSays)
{
    std::mt19937 random(7);
    constexpr std::array levels{"a", "b", "", "$x", "+", "#"};
    const auto draw = [&](std::size_t kinds) {
        std::string text;
        const auto count = 1 + random() % 4;
        for (std::size_t i = 0; i < count; ++i)
            text += (i == 0 ? "" : "/") + std::string(levels.at(random() % kinds));
        return text;
    };
    TopicTrie trie;
    std::vector<std::string> filters;
    while (filters.size() < 300) {
        auto filter = draw(levels.size());
        if (!valid_filter(filter)) continue;
        trie.add(filter, static_cast<std::uint32_t>(filters.size()));
        filters.push_back(std::move(filter));
    }
    std::size_t matching = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto topic = draw(4);
        std::vector<std::uint32_t> expected;
        for (std::uint32_t id = 0; id < filters.size(); ++id)
            if (matches(filters[id], topic)) expected.push_back(id);
        EXPECT_THAT(found(trie, topic), testing::UnorderedElementsAreArray(expected)) << topic;
        matching += expected.size();
    }
    EXPECT_GT(matching, 10'000U) << "the draw has to be worth something";
}

}  // namespace
}  // namespace tidegate
