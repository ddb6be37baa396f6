#include "store/interval_notes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tidegate::store {
namespace {

struct IntervalNotes : testing::Test {
    void hear_each(std::int64_t interval_ms, int times)
    {
        for (int i = 0; i < times; ++i)
            table.update(std::vector<Reading>{{7, now_ms, 1.0, 0}}, now_ms += interval_ms);
    }

    Notebook notebook{{.kept = "/nowhere/notebook"}};
    LiveTable table;
    std::int64_t now_ms = 1'000'000;
};

TEST_F(IntervalNotes, OutliveTheTable)
{
    hear_each(30'000, 20);
    note_intervals(table, notebook);
    LiveTable next;
    recall_intervals(notebook, next, 7);
    EXPECT_EQ(next.get(7).interval_ms, 30'000);
}

TEST_F(IntervalNotes, AreWrittenWhereTheyHaveChangedMuch)
{
    hear_each(30'000, 20);
    note_intervals(table, notebook);
    hear_each(33'000, 60);
    note_intervals(table, notebook);
    EXPECT_EQ(notebook.find("interval/7"), "30000") << "a tenth is not worth the card";
    hear_each(60'000, 60);
    note_intervals(table, notebook);
    EXPECT_NEAR(std::stod(notebook.find("interval/7")), 60'000, 1000);
}

TEST_F(IntervalNotes, AreNotBelievedWhereTheyCannotBe)
{
    for (const auto& [key, text] : {std::pair{"interval/1", "x"},
                                    {"interval/2", "-5"},
                                    {"interval/x", "5000"},
                                    {"interval/3", "99999999999999"},
                                    {"interval/9", "5000"},
                                    {"interval/4", "5000"}})
        notebook.put(key, text);
    recall_intervals(notebook, table, 8);
    const auto known = table.intervals();
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known[0].series, 4U);
}

}  // namespace
}  // namespace tidegate::store
