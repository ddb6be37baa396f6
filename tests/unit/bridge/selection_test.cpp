#include "bridge/selection.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

struct SelectionTest : testing::Test {
    store::SeriesTable table;
    const store::SeriesId boiler = table.add({0, "plant/boiler", "/temperature", "boiler-7", "", ""});
    const store::SeriesId pump = table.add({0, "plant/pump", "", "pump-1", "", ""});
    const store::SeriesId house = table.add({0, "house/door", "", "", "", ""});

    std::vector<store::SeriesId> taken(const SelectionRules& rules)
    {
        auto selection = Selection::make(rules).value();
        std::vector<store::SeriesId> out;
        for (const auto id : {boiler, pump, house, boiler})
            if (selection.takes(table, id)) out.push_back(id);
        return out;
    }
    using Ids = std::vector<store::SeriesId>;
};

TEST_F(SelectionTest, TakesAllWithoutARule)
{
    EXPECT_TRUE(Selection().takes_all());
    EXPECT_EQ(taken({}), (Ids{boiler, pump, house, boiler}));
}

TEST_F(SelectionTest, TakesWhatIsIncludedButNotExcluded)
{
    EXPECT_EQ(taken({.include = {"plant/#"}}), (Ids{boiler, pump, boiler}));
    EXPECT_EQ(taken({.exclude = {"plant/+"}}), (Ids{house}));
    EXPECT_EQ(taken({.include = {"plant/#", "house/#"}, .exclude = {"+/pump"}}),
              (Ids{boiler, house, boiler}));
    EXPECT_EQ(taken({.include = {"nothing/#"}}), Ids{});
}

TEST_F(SelectionTest, AsksBesideItsOwnRulesWhetherASeriesIsWanted)
{
    SelectionRules rules{.include = {"plant/#"}};
    rules.wanted = [](const store::Series& series, const store::SeriesTable&) {
        return series.device != "pump-1";
    };
    EXPECT_EQ(taken(rules), (Ids{boiler, boiler}));
    rules.include.clear();
    EXPECT_FALSE(Selection::make(rules).value().takes_all());
    EXPECT_EQ(taken(rules), (Ids{boiler, house, boiler}));
}

TEST_F(SelectionTest, TakesTheDevicesThatAreNamed)
{
    EXPECT_EQ(taken({.devices = {"pump-1"}}), (Ids{pump}));
    EXPECT_EQ(taken({.include = {"plant/boiler"}, .devices = {"pump-1"}}), Ids{});
}

TEST_F(SelectionTest, TakesReadingsOrWindowsOrBothAndAlarmsInAnyCase)
{
    const auto made = [&](const char* field) {
        store::Series series;
        series.topic = "plant/boiler";
        series.field = field;
        series.of = boiler;
        return table.add(std::move(series));
    };
    const auto mean = made("/temperature@10min/mean");
    const auto summary = made("/temperature@summary/mean");
    const auto alarm = made("/temperature@alarm/too-hot");
    const auto taken_by = [&](Send send) {
        auto selection = Selection::make({.send = send}).value();
        Ids out;
        for (const auto id : {boiler, pump, mean, summary, alarm})
            if (selection.takes(table, id)) out.push_back(id);
        return out;
    };
    EXPECT_EQ(taken_by(Send::both), (Ids{boiler, pump, mean, summary, alarm}));
    EXPECT_EQ(taken_by(Send::readings), (Ids{boiler, pump, summary, alarm}))
        << "a summary stands for the readings that are in it";
    EXPECT_EQ(taken_by(Send::windows), (Ids{mean, alarm}));
    EXPECT_FALSE(Selection::make({.send = Send::windows}).value().takes_all());
}

TEST_F(SelectionTest, TakesNoFieldOfADeviceForAWindow)
{
    const auto odd = table.add({0, "plant/odd", "/a@10min/mean", "", "", ""});
    EXPECT_TRUE(Selection::make({.send = Send::readings}).value().takes(table, odd));
    EXPECT_FALSE(Selection::make({.send = Send::windows}).value().takes(table, odd));
}

TEST_F(SelectionTest, KnowsASeriesThatCameLater)
{
    auto selection = Selection::make({.include = {"plant/#"}}).value();
    EXPECT_TRUE(selection.takes(table, boiler));
    const auto later = table.add({0, "plant/valve", "", "", "", ""});
    EXPECT_TRUE(selection.takes(table, later));
    EXPECT_FALSE(selection.takes(table, later + 100));
}

TEST_F(SelectionTest, RefusesWhatIsNoFilter)
{
    for (const auto* wrong : {"", "a#", "#/a"}) {
        EXPECT_FALSE(Selection::make({.include = {wrong}})) << wrong;
        EXPECT_FALSE(Selection::make({.exclude = {wrong}})) << wrong;
    }
}

}  // namespace
}  // namespace tidegate::bridge
