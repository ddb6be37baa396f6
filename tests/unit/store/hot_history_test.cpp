#include "store/fit.hpp"
#include "store/history_plan.hpp"
#include "store/hot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tidegate::store {
namespace {

std::vector<Record> records(std::uint64_t first_seq, std::vector<std::int64_t> times)
{
    std::vector<Record> records;
    for (const auto time : times) records.push_back({first_seq++, {5, time, static_cast<double>(time), 0}});
    return records;
}

TEST(HotTable, KeepsWhatIsBeingSealedBesideWhatArrives)
{
    HotTable hot;
    EXPECT_EQ(hot.freeze(), nullptr) << "there is nothing to seal";
    EXPECT_EQ(hot.oldest_seq(7), 8U) << "nothing is hot: the log need keep nothing";
    hot.add(records(1, {100, 200}));
    const auto* round = hot.freeze();
    ASSERT_NE(round, nullptr);
    hot.add(records(3, {150}));
    EXPECT_EQ(hot.freeze(), round) << "one round at a time";
    EXPECT_EQ(round->points(), 2U);
    EXPECT_EQ(round->last_seq(), 2U);
    EXPECT_EQ(hot.points(), 3U);
    EXPECT_EQ(hot.arrived(), 1U);
    const auto parts = hot.copy(5, 0, 1000);
    EXPECT_EQ(parts[0].points.size(), 2U);
    EXPECT_EQ(parts[1].points.size(), 1U);
    EXPECT_EQ(parts[1].last_seq, 3U);
    EXPECT_EQ(hot.oldest_seq(3), 1U);
    hot.drop_round();
    EXPECT_EQ(hot.points(), 1U);
    EXPECT_EQ(hot.oldest_seq(3), 3U);
}

TEST(HotTable, KnowsTheDaysOfARound)
{
    HotTable hot;
    std::vector<std::int64_t> times;
    for (int i = 0; i < 300; ++i) times.push_back(5 * day_ms - 100 + i);
    times.push_back(2 * day_ms);
    hot.add(records(1, times));
    EXPECT_EQ(hot.freeze()->days(), (std::set<std::int64_t>{2, 4, 5}));
}

TEST(HotTable, GivesBackWhatItCodedAndOfOneTimeInOrderOfArrival)
{
    HotTable hot;
    std::vector<Record> records;
    for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
        const auto time = static_cast<std::int64_t>(seq) * 1000 - (seq % 50 == 0 ? 30'000 : 0);
        records.push_back({seq, {7, time, static_cast<double>(seq) / 10, 0}});
    }
    hot.add(records);
    auto all = hot.copy(7, 0, day_ms)[1].points;
    ASSERT_EQ(all.size(), 1000U);
    const auto earlier = [](auto& a, auto& b) { return a.time_ms < b.time_ms; };
    std::stable_sort(all.begin(), all.end(), earlier);
    std::stable_sort(records.begin(), records.end(),
                     [](auto& a, auto& b) { return a.reading.time_ms < b.reading.time_ms; });
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].time_ms, records[i].reading.time_ms);
        EXPECT_EQ(all[i].value, records[i].reading.value);
    }
    EXPECT_EQ(hot.copy(7, 400'000, 500'000)[1].points.size(), 100U);
}

TEST(HotTable, IsPressedByLongTextsBeforeThereAreManyReadings)
{
    HotTable hot;
    std::uint64_t seq = 0;
    while (!hot.is_pressed(1'000'000)) {
        ASSERT_LT(seq, 10'000U);
        const Record record{++seq, {static_cast<SeriesId>(seq % 100), 1000, std::string(60'000, 'x'), 0}};
        hot.add(std::span(&record, 1));
    }
    EXPECT_GE(seq * 60'000, HotTable::most_bytes / 2);
}

TEST(HotTable, IsNotPressedByAHundredThousandSeriesBeforeEachHasSeveralReadings)
{
    HotTable hot;
    std::vector<Record> round(100'000);
    std::uint64_t seq = 0;
    for (int second = 0; second < 8; ++second) {
        for (std::size_t i = 0; i < round.size(); ++i)
            round[i] = {++seq, {static_cast<SeriesId>(i + 1), second * 1000, 20.5 + second, 0}};
        hot.add(round);
        ASSERT_FALSE(hot.is_pressed(2'000'000)) << second;
    }
    while (!hot.is_pressed(2'000'000)) {
        ASSERT_LT(seq, 2'000'000U) << "by memory, long before there are too many readings";
        for (auto& record : round) {
            record.seq = ++seq;
            record.reading.time_ms += 1000;
        }
        hot.add(round);
    }
}

TEST(HotTable, GoesOnWithASeriesThatMovesToAnotherDayWhenTheClockIsSet)
{
    HotTable hot;
    std::vector<Record> records;
    for (std::uint64_t seq = 1; seq <= 300; ++seq)
        records.push_back(
            {seq, {3, static_cast<std::int64_t>(seq), Value(std::to_string(seq)), flag::unsynchronised}});
    hot.add(records);
    hot.correct(1, 300, 7 * day_ms);
    EXPECT_EQ(hot.copy(3, 0, day_ms)[1].points.size(), 0U);
    EXPECT_EQ(hot.copy(3, 7 * day_ms, 8 * day_ms)[1].points.size(), 300U);
    EXPECT_EQ(hot.freeze()->days(), std::set<std::int64_t>{7});
}

std::vector<Point> ramp(int count)
{
    std::vector<Point> points;
    for (int i = 0; i < count; ++i) points.push_back({i * 10LL, static_cast<double>(i), 0});
    return points;
}

SeriesHistory fit(SeriesId series, std::vector<Point> points, std::size_t most, std::int64_t width_ms)
{
    Fit fit(most, 0, width_ms);
    for (auto& point : points) fit.add(std::move(point));
    return fit.take(series);
}

TEST(HistoryFit, GivesRawPointsWhereTheyFit)
{
    const auto out = fit(1, ramp(10), 10, 10);
    EXPECT_TRUE(out.raw);
    EXPECT_EQ(out.v.size(), 10U);
}

TEST(HistoryFit, KeepsTheExtremesOfEachBucket)
{
    auto points = ramp(100);
    points[55].value = 1000.0;
    const auto out = fit(1, points, 10, 100);
    ASSERT_FALSE(out.raw);
    ASSERT_EQ(out.t.size(), 10U);
    EXPECT_EQ(out.t[5], 500);
    EXPECT_EQ(out.max[5], 1000.0);
    EXPECT_EQ(out.min[5], 50.0);
    EXPECT_EQ(out.count[5], 10U);
    EXPECT_DOUBLE_EQ(out.mean[0], 4.5);
}

TEST(HistoryFit, GivesTheLastTextOfEachBucket)
{
    std::vector<Point> points;
    for (int i = 0; i < 100; ++i) points.push_back({i * 10LL, "text " + std::to_string(i), 0});
    const auto out = fit(1, points, 10, 100);
    EXPECT_TRUE(out.raw);
    ASSERT_EQ(out.v.size(), 10U);
    EXPECT_EQ(std::get<std::string>(out.v[0]), "text 9");
    EXPECT_EQ(out.t[0], 90);
}

TEST(HistoryFit, MergesRollupsAndPointsIntoOneBucket)
{
    Fit fit(10, 0, 2 * minute_ms);
    Rollup minute;
    minute.add({10, 4.0, 0});
    minute.add({20, 8.0, 0});
    fit.add(minute);
    fit.add(Point{minute_ms + 5, 1.0, 0});
    const auto out = fit.take(1);
    ASSERT_FALSE(out.raw) << "readings that are rolled up cannot be told one by one";
    ASSERT_EQ(out.t.size(), 1U);
    EXPECT_EQ(out.count[0], 3U);
    EXPECT_EQ(out.min[0], 1.0);
    EXPECT_EQ(out.max[0], 8.0);
    EXPECT_DOUBLE_EQ(out.mean[0], 13.0 / 3);
}

HistoryPlan plan_of(std::int64_t from, std::int64_t to, std::size_t points)
{
    return plan({{1}, from, to, points});
}

TEST(HistoryPlan, TakesTheCoarsestTierThatHasEnoughForTheChart)
{
    EXPECT_EQ(plan_of(0, hour_ms, 500).tier, Tier::readings);
    EXPECT_EQ(plan_of(0, day_ms, 1000).tier, Tier::minutes);
    EXPECT_EQ(plan_of(0, 29 * day_ms, 1000).tier, Tier::hours);
    EXPECT_EQ(plan_of(0, day_ms, 1000).width_ms, 2 * minute_ms);
    EXPECT_EQ(plan_of(0, 400 * day_ms, 1000).width_ms, 10 * hour_ms);
}

TEST(HistoryPlan, NeverHasMoreBucketsThanPointsNorMoreThanThirtyEntriesForOne)
{
    for (const std::size_t points : {1U, 2U, 7U, 500U, 1000U})
        for (std::int64_t span = 1; span < 500 * day_ms; span = span * 3 / 2 + 1) {
            const auto how = plan_of(1'764'000'000'123, 1'764'000'000'123 + span, points);
            const auto wide = how.end_ms - how.start_ms;
            EXPECT_LE(how.start_ms, 1'764'000'000'123);
            EXPECT_GE(how.end_ms, 1'764'000'000'123 + span);
            EXPECT_LE((wide + how.width_ms - 1) / how.width_ms, static_cast<std::int64_t>(points));
            if (how.tier == Tier::minutes) {
                EXPECT_LE(wide / minute_ms, 30 * static_cast<std::int64_t>(points) + 61);
            }
        }
}

}  // namespace
}  // namespace tidegate::store
