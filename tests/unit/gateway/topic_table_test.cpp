#include "gateway/topic_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

using tidegate::gateway::TopicTable;

TEST(TopicTable, KnowsWhatAMapKnowsThroughManyChanges)
{
    TopicTable<int> table;
    std::map<std::string, int> reference;
    std::minstd_rand random(3);
    for (int i = 1; i <= 60'000; ++i) {
        const auto topic = "plant/machine" + std::to_string(random() % 900) + "/power";
        if (random() % 3 == 0) {
            table.erase(topic);
            reference.erase(topic);
        } else {
            table.at(topic) = i;
            reference[topic] = i;
        }
        ASSERT_EQ(table.size(), reference.size());
    }
    for (int i = 0; i < 900; ++i) {
        const auto topic = "plant/machine" + std::to_string(i) + "/power";
        const auto known = reference.find(topic);
        const auto* found = table.find(topic);
        ASSERT_EQ(found != nullptr, known != reference.end()) << topic;
        if (found != nullptr) {
            EXPECT_EQ(*found, known->second) << topic;
        }
    }
}

TEST(TopicTable, IsEmptyBeforeAndAfter)
{
    TopicTable<int> table;
    EXPECT_EQ(table.find("a"), nullptr);
    table.erase("a");
    table.fetch_slot(TopicTable<int>::hash_of("a"));
    table.fetch_topic(TopicTable<int>::hash_of("a"));
    table.at("a") = 1;
    table.erase("b");
    EXPECT_EQ(table.size(), 1U);
    table.clear();
    EXPECT_EQ(table.find("a"), nullptr);
    EXPECT_EQ(table.at("a"), 0);
}
