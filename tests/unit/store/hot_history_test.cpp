#include "store/fit.hpp"
#include "store/history_reader.hpp"
#include "store/hot.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

TEST(HotTable, ForgetsOnlyWhatWasSealed)
{
    HotTable hot;
    hot.add(std::vector<Record>{{1, {5, 100, 1.0, 0}}, {2, {5, bucket_ms, 2.0, 0}}, {3, {5, 200, 3.0, 0}}});
    hot.forget({5, 0, bucket_ms}, 1);
    EXPECT_EQ(hot.points(), 2U);
    EXPECT_EQ(hot.oldest_seq(3), 2U);
    EXPECT_EQ(hot.copy(5, 0, bucket_ms).size(), 1U);
    hot.forget({5, 0, 2 * bucket_ms}, 3);
    EXPECT_EQ(hot.points(), 0U);
    EXPECT_EQ(hot.oldest_seq(3), 4U) << "nothing is hot: the log need keep nothing";
}

TEST(HotTable, NamesTheBucketsOfASeries)
{
    HotTable hot;
    hot.add(
        std::vector<Record>{{1, {5, 10, 1.0, 0}}, {2, {5, 3 * bucket_ms + 1, 2.0, 0}}, {3, {5, 11, 1.0, 0}}});
    const auto buckets = hot.buckets(5, bucket_ms);
    ASSERT_EQ(buckets.size(), 2U);
    EXPECT_EQ(buckets[1].from_ms, 3 * bucket_ms);
    EXPECT_EQ(buckets[1].to_ms, 4 * bucket_ms);
}

TEST(HotTable, GivesBackInOrderOfArrivalWhatItPackedAndForgetsInTheMiddleOfABlock)
{
    HotTable hot;
    std::vector<Record> records;
    for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
        const auto time = static_cast<std::int64_t>(seq) * 1000 - (seq % 50 == 0 ? 30'000 : 0);
        records.push_back({3 * seq, {7, time, static_cast<double>(seq) / 10, 0}});
    }
    hot.add(records);
    const auto all = hot.copy(7, 0, bucket_ms);
    ASSERT_EQ(all.size(), 1000U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].seq, records[i].seq);
        EXPECT_EQ(all[i].point.time_ms, records[i].reading.time_ms);
        EXPECT_EQ(all[i].point.value, records[i].reading.value);
    }
    hot.forget({7, 0, bucket_ms}, 3 * 300);
    EXPECT_EQ(hot.points(), 700U);
    EXPECT_EQ(hot.oldest_seq(3000), 3U * 301);
    EXPECT_EQ(hot.copy(7, 0, bucket_ms).front().seq, 3U * 301);
    EXPECT_EQ(hot.copy(7, 400'000, 500'000).size(), 100U);
}

std::vector<Point> ramp(int count)
{
    std::vector<Point> points;
    for (int i = 0; i < count; ++i) points.push_back({i * 10LL, static_cast<double>(i), 0});
    return points;
}

SeriesHistory fit(SeriesId series,
                  std::vector<Point> points,
                  const HistoryQuery& query,
                  std::int64_t width_ms)
{
    Fit fit(query, width_ms);
    for (auto& point : points) fit.add(std::move(point));
    return fit.take(series);
}

TEST(HistoryFit, GivesRawPointsWhereTheyFit)
{
    const auto out = fit(1, ramp(10), {{1}, 0, 100, 10}, 10);
    EXPECT_TRUE(out.raw);
    EXPECT_EQ(out.v.size(), 10U);
}

TEST(HistoryFit, KeepsTheExtremesOfEachBucket)
{
    auto points = ramp(100);
    points[55].value = 1000.0;
    const auto out = fit(1, points, {{1}, 0, 1000, 10}, 100);
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
    const auto out = fit(1, points, {{1}, 0, 1000, 10}, 100);
    EXPECT_TRUE(out.raw);
    ASSERT_EQ(out.v.size(), 10U);
    EXPECT_EQ(std::get<std::string>(out.v[0]), "text 9");
    EXPECT_EQ(out.t[0], 90);
}

}  // namespace
}  // namespace tidegate::store
