#include "store/series_table.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

TEST(SeriesTable, GivesIdsInTheOrderOfAdding)
{
    SeriesTable table;
    EXPECT_EQ(table.add({0, "a/b", "/t", "b", "T", "°C"}), 1U);
    EXPECT_EQ(table.add({0, "a/b", "", "b", "", ""}), 2U);
    EXPECT_EQ(table.find("a/b", "/t"), 1U);
    EXPECT_EQ(table.find("a/b", ""), 2U);
    EXPECT_EQ(table.find("a", "b/t"), std::nullopt);
    EXPECT_EQ(table.get(1)->unit, "°C");
    EXPECT_FALSE(table.get(0));
    EXPECT_FALSE(table.get(3));
}

TEST(SeriesTable, ListsAPageOfWhatIsWanted)
{
    SeriesTable table;
    for (int i = 0; i < 10; ++i)
        table.add({0, "topic/" + std::to_string(i), "", i % 2 == 0 ? "even" : "odd", "", ""});
    const auto even = [](const Series& series) { return series.device == "even"; };
    const auto first = table.list(0, 2, even);
    ASSERT_EQ(first.size(), 2U);
    const auto rest = table.list(first.back().id, 100, even);
    ASSERT_EQ(rest.size(), 3U);
    EXPECT_EQ(rest.front().topic, "topic/4");
}

TEST(SeriesTable, TellsWhatHasChangedUntilItIsKept)
{
    SeriesTable table;
    table.add({0, "a", "/t", "", "", ""});
    table.add({0, "a", "/u", "", "", ""});
    auto series = *table.get(2);
    EXPECT_FALSE(table.update(series)) << "nothing new";
    series.unit = "°C";
    series.topic = "other";
    EXPECT_TRUE(table.update(series));
    EXPECT_EQ(table.get(2)->unit, "°C");
    EXPECT_EQ(table.find("a", "/u"), 2U) << "its topic stays";
    EXPECT_TRUE(table.changed(1).empty());

    const auto changed = table.changed(2);
    ASSERT_EQ(changed.size(), 1U);
    series.name = "changed meanwhile";
    EXPECT_TRUE(table.update(series));
    table.kept(changed);
    ASSERT_EQ(table.changed(2).size(), 1U);
    table.kept(table.changed(2));
    EXPECT_TRUE(table.changed(2).empty());
}

}  // namespace
}  // namespace tidegate::store
