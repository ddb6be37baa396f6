#include "gateway/rules/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t start = 1'764'000'000'000;  // a multiple of 10 s

store::Reading reading(std::int64_t at_ms, store::Value value)
{
    return {1, start + at_ms, std::move(value), 0};
}

store::Point point(std::int64_t at_ms, store::Value value)
{
    return {start + at_ms, std::move(value), 0};
}

TEST(Summary, IsOfTheIntervalThatItsFirstReadingIsIn)
{
    const Summary summary(reading(3210, 1.0), 10'000);
    EXPECT_EQ(summary.start_ms(), start);
    EXPECT_TRUE(summary.covers(start));
    EXPECT_TRUE(summary.covers(start + 9'999));
    EXPECT_FALSE(summary.covers(start + 10'000));
    EXPECT_FALSE(summary.covers(start - 1));
    EXPECT_EQ(summary.count(), 1U);
    EXPECT_THAT(summary.held(), IsEmpty());
}

TEST(Summary, HoldsTheLeastTheGreatestAndTheLastWithTheirTimes)
{
    Summary summary(reading(0, 5.0), 10'000);
    EXPECT_EQ(summary.fold(point(1000, 7.0)), 0U);
    EXPECT_EQ(summary.fold(point(2000, 9.0)), 1U) << "7 is neither an extreme nor the last any more";
    EXPECT_EQ(summary.fold(point(3000, 1.0)), 0U);
    EXPECT_EQ(summary.fold(point(4000, 6.0)), 0U);
    EXPECT_EQ(summary.fold(point(5000, 8.0)), 1U);
    EXPECT_THAT(summary.held(), ElementsAre(point(2000, 9.0), point(3000, 1.0), point(5000, 8.0)));
    EXPECT_EQ(summary.count(), 6U);
    EXPECT_DOUBLE_EQ(summary.mean(), 6.0);
}

TEST(Summary, HoldsNoExtremeThatTheFirstReadingIs)
{
    Summary summary(reading(0, 5.0), 10'000);
    summary.fold(point(1000, 5.0));
    summary.fold(point(2000, 5.0));
    EXPECT_THAT(summary.held(), ElementsAre(point(2000, 5.0)));
    summary.fold(point(3000, 6.0));
    EXPECT_THAT(summary.held(), ElementsAre(point(3000, 6.0)));
}

TEST(Summary, TakesOfEqualExtremesTheEarliest)
{
    Summary summary(reading(0, 5.0), 10'000);
    summary.fold(point(1000, 9.0));
    summary.fold(point(2000, 9.0));
    summary.fold(point(3000, 5.0));
    EXPECT_THAT(summary.held(), ElementsAre(point(1000, 9.0), point(3000, 5.0)));
}

TEST(Summary, ComparesWholeNumbersToTheirLastBit)
{
    constexpr std::int64_t large = 9'007'199'254'740'992;
    Summary summary(reading(0, large), 10'000);
    summary.fold(point(1000, large + 1));
    summary.fold(point(2000, large));
    EXPECT_THAT(summary.held(), ElementsAre(point(1000, large + 1), point(2000, large)));
}

TEST(Summary, HoldsTheLastAloneOfTextsAndBooleans)
{
    Summary summary(reading(0, std::string("a")), 10'000);
    EXPECT_EQ(summary.fold(point(1000, std::string("b"))), 0U);
    EXPECT_EQ(summary.fold(point(2000, true)), 1U);
    EXPECT_THAT(summary.held(), ElementsAre(point(2000, true)));
    EXPECT_EQ(summary.count(), 0U);
}

TEST(Summary, PutsExtremesOfOneMillisecondBesideEachOther)
{
    Summary summary(reading(9'998, 5.0), 10'000);
    summary.fold(point(9'998, 9.0));
    summary.fold(point(9'998, 1.0));
    summary.fold(point(9'998, 4.0));
    std::set<std::int64_t> times{start + 9'998};
    std::multiset<double> values;
    for (const auto& held : summary.held()) {
        EXPECT_TRUE(summary.covers(held.time_ms));
        EXPECT_TRUE(times.insert(held.time_ms).second) << "the store would keep one of them";
        EXPECT_LE(std::abs(held.time_ms - (start + 9'998)), 3);
        values.insert(std::get<double>(held.value));
    }
    EXPECT_THAT(values, ElementsAre(1.0, 4.0, 9.0));
}

TEST(Summary, LosesNoExtremeAndCountsEachReadingOnceWhateverComes)
{
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        const auto draw = [&] { return static_cast<double>(random() % 50); };
        const double first = draw();
        double least = first, greatest = first, last = first, sum = first;
        Summary summary(reading(static_cast<std::int64_t>(random() % 10'000), first), 10'000);
        const auto folded = random() % 200;
        std::size_t let_go = 0;
        for (std::size_t i = 0; i < folded; ++i) {
            last = draw();
            least = std::min(least, last);
            greatest = std::max(greatest, last);
            sum += last;
            let_go += summary.fold(point(static_cast<std::int64_t>(random() % 10'000), last));
        }
        const auto held = summary.held();
        EXPECT_EQ(held.size() + let_go, folded);
        EXPECT_LE(held.size(), 3U);
        EXPECT_EQ(summary.count(), folded + 1);
        EXPECT_DOUBLE_EQ(summary.mean(), sum / static_cast<double>(folded + 1));
        if (folded == 0) continue;
        EXPECT_EQ(held.back().value, store::Value(last));
        std::set<double> values{first};
        for (const auto& one : held) values.insert(std::get<double>(one.value));
        EXPECT_EQ(*values.begin(), least);
        EXPECT_EQ(*values.rbegin(), greatest);
    }
}

TEST(Summary, IsReadBackAsItWasWritten)
{
    Summary summary({1, start, std::int64_t{-7}, store::flag::unsynchronised}, 10'000);
    summary.fold({start + 1, 9.5, store::flag::unsynchronised});
    summary.fold({start + 2, std::int64_t{-9}, 0});
    summary.fold({start + 3, std::string("text"), 0});
    store::ByteWriter out;
    summary.write(out);
    const auto bytes = out.take();

    store::ByteReader in(bytes);
    auto again = Summary::read(in);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->held(), summary.held());
    EXPECT_EQ(again->count(), 3U);
    EXPECT_DOUBLE_EQ(again->mean(), summary.mean());
    EXPECT_EQ(again->flags(), store::flag::unsynchronised);
    EXPECT_EQ(again->fold({start + 4, std::int64_t{-8}, 0}), summary.fold({start + 4, std::int64_t{-8}, 0}));
    EXPECT_EQ(again->held(), summary.held());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const auto torn = bytes.substr(0, length);
        store::ByteReader some(torn);
        EXPECT_FALSE(Summary::read(some)) << length;
    }
}

}  // namespace
}  // namespace tidegate::gateway
