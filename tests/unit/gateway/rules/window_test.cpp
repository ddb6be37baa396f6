#include "gateway/rules/window.hpp"

#include "base/time_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tidegate::gateway {
namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

std::int64_t at(std::string_view text)
{
    return parse_time(text, 0).value();
}

store::Value integer(std::int64_t value)
{
    return value;
}

// Of values a second apart.
WindowSum sum_of(const std::vector<store::Value>& values)
{
    WindowSum sum;
    Counter counter;
    std::int64_t time = 0;
    for (const auto& value : values) {
        const auto number = number_of(value).value();
        time += second;
        sum.add(time, number, counter.rise(time, number));
    }
    return sum;
}

TEST(WindowStart, IsAlignedToMidnightUtc)
{
    EXPECT_EQ(window_start(at("2026-11-27T10:07:59.999Z"), minute), at("2026-11-27T10:07:00Z"));
    EXPECT_EQ(window_start(at("2026-11-27T10:08:00Z"), minute), at("2026-11-27T10:08:00Z"));
    EXPECT_EQ(window_start(at("2026-11-27T10:07:59Z"), 15 * minute), at("2026-11-27T10:00:00Z"));
    EXPECT_EQ(window_start(at("2026-11-27T23:59:59Z"), 6 * hour), at("2026-11-27T18:00:00Z"));
    EXPECT_EQ(window_start(at("2026-11-27T23:59:59Z"), day), at("2026-11-27T00:00:00Z"));
}

TEST(WindowStart, OfAWeekIsMonday)
{
    EXPECT_EQ(window_start(at("2026-11-29T23:59:59Z"), 7 * day), at("2026-11-23T00:00:00Z"));
    EXPECT_EQ(window_start(at("2026-11-30T00:00:00Z"), 7 * day), at("2026-11-30T00:00:00Z"));
    EXPECT_EQ(window_start(0, 7 * day), -3 * day) << "1 January 1970 was a Thursday";
}

TEST(WindowSum, SaysWhatItWasGiven)
{
    const auto sum = sum_of({20.5, 19.0, 23.0, 21.5});
    EXPECT_EQ(sum.value(Statistic::count), integer(4));
    EXPECT_EQ(sum.value(Statistic::min), store::Value(19.0));
    EXPECT_EQ(sum.value(Statistic::max), store::Value(23.0));
    EXPECT_EQ(sum.value(Statistic::mean), store::Value(21.0));
    EXPECT_EQ(sum.value(Statistic::first), store::Value(20.5));
    EXPECT_EQ(sum.value(Statistic::last), store::Value(21.5));
    EXPECT_EQ(sum.value(Statistic::sum), store::Value(84.0));
}

TEST(WindowSum, KeepsWholeNumbersWholeAlsoWhereNoFloatEqualsThem)
{
    constexpr std::int64_t large = (std::int64_t{1} << 53) + 1;
    const auto sum = sum_of({large, large + 2});
    EXPECT_EQ(sum.value(Statistic::min), integer(large));
    EXPECT_EQ(sum.value(Statistic::max), integer(large + 2));
    EXPECT_EQ(sum.value(Statistic::sum), integer(2 * large + 2));
    EXPECT_EQ(sum.value(Statistic::increase), integer(2));
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(sum_of({most, most}).value(Statistic::sum), store::Value(2.0 * static_cast<double>(most)));
}

TEST(WindowSum, ComparesWholeNumbersAndFloatsAsTheNumbersThatTheyAre)
{
    constexpr std::int64_t large = (std::int64_t{1} << 53) + 1;  // the nearest float is one less
    const double rounded = static_cast<double>(large);
    EXPECT_TRUE(less(Number(rounded), Number(large)));
    EXPECT_FALSE(less(Number(large), Number(rounded)));
    EXPECT_FALSE(less(Number(std::int64_t{1}), Number(1.0)));
    EXPECT_FALSE(less(Number(1.0), Number(std::int64_t{1})));
    EXPECT_TRUE(less(Number(std::numeric_limits<std::int64_t>::max()), Number(9'223'372'036'854'775'808.0)));
    EXPECT_FALSE(less(Number(9'223'372'036'854'775'808.0), Number(std::numeric_limits<std::int64_t>::max())));
}

TEST(WindowSum, LosesNoSmallPartOfASum)
{
    std::vector<store::Value> values{1e16};
    for (int i = 0; i < 1000; ++i) values.emplace_back(0.5);
    values.emplace_back(-1e16);
    EXPECT_EQ(sum_of(values).value(Statistic::sum), store::Value(500.0));
    constexpr auto most = std::numeric_limits<double>::max();
    EXPECT_EQ(sum_of({most, most}).value(Statistic::sum), store::Value(most)) << "an infinity is no reading";
}

TEST(WindowSum, OrdersFirstAndLastByTimeAndThenByArrival)
{
    WindowSum sum;
    sum.add(20, Number(2.0), {});
    sum.add(30, Number(3.0), {});
    sum.add(10, Number(1.0), {});
    sum.add(30, Number(3.5), {});
    sum.add(10, Number(1.5), {});
    EXPECT_EQ(sum.value(Statistic::first), store::Value(1.0));
    EXPECT_EQ(sum.value(Statistic::last), store::Value(3.5));
}

TEST(WindowSum, CountsBooleansAsZeroAndOneAndKnowsNoTextNorInfinity)
{
    const auto sum = sum_of({false, true, false, true, true});
    EXPECT_EQ(sum.value(Statistic::sum), integer(3));
    EXPECT_EQ(sum.value(Statistic::mean), store::Value(0.6));
    EXPECT_EQ(sum.value(Statistic::increase), integer(2)) << "it was switched on twice";
    EXPECT_FALSE(number_of(std::string("21.5")));
    EXPECT_FALSE(number_of(std::numeric_limits<double>::infinity()));
    EXPECT_FALSE(number_of(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Counter, TakesADropForAResetToZero)
{
    EXPECT_EQ(sum_of({integer(100), integer(110), integer(7), integer(10)}).value(Statistic::increase),
              integer(20))
        << "10, then 7 since the reset, then 3";
    EXPECT_EQ(sum_of({0.5, 2.0, 0.25}).value(Statistic::increase), store::Value(1.75));
    EXPECT_EQ(sum_of({integer(5)}).value(Statistic::increase), integer(0)) << "nothing is known before it";
    EXPECT_EQ(sum_of({integer(5), integer(-5)}).value(Statistic::increase), integer(0));
}

TEST(Counter, DoesNotTakeALateReadingForAReset)
{
    Counter counter;
    EXPECT_FALSE(counter.rise(10, Number(std::int64_t{100})));
    EXPECT_EQ(counter.rise(30, Number(std::int64_t{130})), Number(std::int64_t{30}));
    EXPECT_FALSE(counter.rise(20, Number(std::int64_t{110})));
    EXPECT_EQ(counter.rise(40, Number(std::int64_t{140})), Number(std::int64_t{10}));
}

TEST(Statistics, HaveNames)
{
    for (std::size_t i = 0; i < statistic_count; ++i) {
        const auto statistic = static_cast<Statistic>(i);
        EXPECT_EQ(statistic_of(to_string(statistic)), statistic);
    }
    EXPECT_FALSE(statistic_of("median"));
}

TEST(WindowSum, IsReadBackAsItWasWritten)
{
    for (const auto& values : std::vector<std::vector<store::Value>>{
             {integer(3), integer(-7)}, {0.1, 0.2, 1e300}, {integer(1), 0.5}, {true, false}}) {
        const auto sum = sum_of(values);
        store::ByteWriter out;
        sum.write(out);
        const auto bytes = out.take();
        store::ByteReader in(bytes);
        const auto read = WindowSum::read(in);
        EXPECT_FALSE(in.failed());
        EXPECT_EQ(in.left(), 0U);
        for (std::size_t i = 0; i < statistic_count; ++i) {
            const auto statistic = static_cast<Statistic>(i);
            EXPECT_EQ(read.value(statistic), sum.value(statistic)) << to_string(statistic);
        }
    }
}

}  // namespace
}  // namespace tidegate::gateway
