#include "store/repeats.hpp"
#include "store/series_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tidegate::store {
namespace {

TEST(SeriesOrder, KeepsTheOrderOfArrivalWithinASeriesHoweverManySeriesThereAre)
{
    for (const SeriesId series : {3U, 50U, 1'000'000U}) {
        std::mt19937 random(series);
        std::vector<Reading> readings;
        for (std::int64_t i = 0; i < 500; ++i) {
            const auto id = static_cast<SeriesId>(1 + random() % series);
            readings.push_back({id, i, i % 7 == 0 ? Value(std::to_string(i)) : Value(i), 0});
        }
        auto expected = readings;
        std::stable_sort(expected.begin(), expected.end(),
                         [](auto& a, auto& b) { return a.series < b.series; });
        const auto ordered = in_order_of_series(readings);
        ASSERT_EQ(ordered.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_EQ(ordered[i]->series, expected[i].series);
            EXPECT_EQ(ordered[i]->time_ms, expected[i].time_ms);
            EXPECT_EQ(ordered[i]->value, expected[i].value);
        }
    }
}

TEST(TimeOrder, KeepsTheOrderOfArrivalWithinOneTimeHoweverManyAreLate)
{
    for (const int late_of_100 : {0, 1, 30, 100}) {
        std::mt19937 random(static_cast<unsigned>(late_of_100));
        std::vector<Point> points;
        for (std::int64_t i = 0; i < 700; ++i) {
            const bool late = static_cast<int>(random() % 100) < late_of_100;
            points.push_back({i / 3 - (late ? static_cast<std::int64_t>(random() % 200) : 0), Value(i), 0});
        }
        auto expected = points;
        std::stable_sort(expected.begin(), expected.end(),
                         [](auto& a, auto& b) { return a.time_ms < b.time_ms; });
        sort_by_time(points);
        EXPECT_EQ(points, expected) << late_of_100 << " % late";
    }
}

}  // namespace
}  // namespace tidegate::store
