#include "gateway/rules/summaries.hpp"

#include "base/clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t start = 1'764'000'000'000;  // a multiple of 10 s

using Stored = std::vector<std::pair<std::int64_t, store::Value>>;  // of one series: time after start, value

struct SummariesTest : testing::Test {
    SummariesTest()
    {
        table.add({0, "a", "/power", "meter", "Power", "W"});
        open();
    }

    void open()
    {
        summaries.reset();
        log.reset();
        log = std::make_unique<StateLog>(
            StateLogOptions{directory / "run", {ring}, [this] { return committed; }});
        summaries = std::make_unique<Summaries>(table, derived, *log, now);
    }

    // As the pipeline does it.
    bool take(std::int64_t at_ms, store::Value value, std::uint8_t flags = 0)
    {
        store::Reading reading{1, start + at_ms, std::move(value), flags};
        const bool goes_on = summaries->take(reading, rate, now, outcome);
        if (!goes_on) return false;
        ++outcome.batch.books.read;
        ++outcome.batch.books.stored_readings;
        outcome.store(std::move(reading));
        return true;
    }

    void pass(std::int64_t ms)
    {
        now += ms;
        summaries->close_due(now, outcome);
    }

    // The batch is committed.
    void commit()
    {
        const store::IntakePosition position{ring, ++tail};
        summaries->save();
        log->seal(position);
        committed = {position};
    }

    Stored stored(store::SeriesId series) const
    {
        Stored found;
        for (const auto& reading : outcome.batch.readings)
            if (reading.series == series) found.emplace_back(reading.time_ms - start, reading.value);
        return found;
    }

    store::SeriesId made(std::string_view field) const { return table.find("a", field).value_or(0); }

    void expect_balance() const
    {
        const auto& books = outcome.batch.books;
        EXPECT_EQ(books.read, books.stored_readings + books.summarised);
        EXPECT_EQ(outcome.batch.readings.size(), books.stored_readings + books.derived);
    }

    static constexpr std::uint64_t ring = 11;
    tests::QuietLog quiet;
    tests::TempDir directory;
    store::IntakePositions committed;
    std::uint64_t tail = 0;
    std::int64_t now = 50'000;  // boot clock
    std::chrono::milliseconds rate = 10s;
    store::SeriesTable table;
    DerivedSeries derived{table, 100};
    std::unique_ptr<StateLog> log;
    std::unique_ptr<Summaries> summaries;
    Outcome outcome;
};

TEST_F(SummariesTest, LetTheFirstThroughAndStoreTheExtremesWhenTheIntervalEnds)
{
    EXPECT_TRUE(take(0, 5.0));
    EXPECT_FALSE(take(1000, 9.0));
    EXPECT_FALSE(take(2000, 1.0));
    EXPECT_FALSE(take(3000, 6.0));
    EXPECT_FALSE(take(4000, 4.0));
    EXPECT_THAT(stored(1), ElementsAre(std::pair(0, store::Value(5.0))));
    expect_balance();
    EXPECT_EQ(outcome.batch.books.summarised, 1U) << "of 6 it is decided already";

    EXPECT_TRUE(take(10'000, 7.0)) << "the first of the next interval";
    EXPECT_EQ(stored(1), (Stored{{0, 5.0}, {1000, 9.0}, {2000, 1.0}, {4000, 4.0}, {10'000, 7.0}}));
    EXPECT_EQ(stored(made("/power@summary/count")), (Stored{{0, std::int64_t{5}}}));
    EXPECT_EQ(stored(made("/power@summary/mean")), (Stored{{0, 5.0}}));
    EXPECT_EQ(outcome.batch.books.read, 6U);
    EXPECT_EQ(outcome.batch.books.summarised, 1U);
    EXPECT_EQ(outcome.batch.books.derived, 2U);
    expect_balance();
    const auto mean = *table.get(made("/power@summary/mean"));
    EXPECT_EQ(mean.of, 1U);
    EXPECT_EQ(mean.unit, "W");
    EXPECT_EQ(table.get(made("/power@summary/count"))->unit, "");
}

TEST_F(SummariesTest, EndAnIntervalOnTimeThoughNothingMoreComes)
{
    take(2000, 5.0);
    take(3000, 9.0);
    EXPECT_GE(summaries->next_due_ms(), now + 8000);
    EXPECT_LE(summaries->next_due_ms(), now + 8500);
    pass(7900);
    EXPECT_EQ(stored(1).size(), 1U);
    pass(600);
    EXPECT_EQ(stored(1), (Stored{{2000, 5.0}, {3000, 9.0}}));
    EXPECT_EQ(summaries->open(), 0U);
    EXPECT_GT(summaries->next_due_ms(), now + 1'000'000'000);
    expect_balance();
}

TEST_F(SummariesTest, SayNothingOfAnIntervalWithOneReading)
{
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(take(i * 10'000, 5.0));
    pass(20'000);
    EXPECT_EQ(stored(1).size(), 5U);
    EXPECT_EQ(outcome.batch.books.derived, 0U);
    EXPECT_EQ(table.last(), 1U) << "no series is made for nothing";
    expect_balance();
}

TEST_F(SummariesTest, ShowEveryReadingAndNoOldOneAgain)
{
    take(0, 5.0);
    take(1000, 9.0);
    take(2000, 6.0);
    take(10'000, 7.0);
    Stored shown;
    for (const auto& reading : outcome.shown())
        if (reading.series == 1) shown.emplace_back(reading.time_ms - start, reading.value);
    EXPECT_EQ(shown, (Stored{{0, 5.0}, {1000, 9.0}, {2000, 6.0}, {10'000, 7.0}}));
    EXPECT_EQ(outcome.shown().size(), 6U) << "count and mean are shown, too";
}

TEST_F(SummariesTest, SummariseABacklogByItsOwnTimes)
{
    // An hour that a device sends within one second: 3,600 readings.
    for (std::int64_t s = 0; s < 3600; ++s) take(s * 1000, static_cast<double>(s % 10));
    pass(20'000);
    EXPECT_EQ(stored(1).size(), 2U * 360) << "of each interval the first and the last, which is the greatest";
    EXPECT_EQ(stored(made("/power@summary/count")).size(), 360U);
    EXPECT_EQ(outcome.batch.books.read, 3600U);
    expect_balance();
}

TEST_F(SummariesTest, GoOnWhenTheClockIsSetBack)
{
    take(0, 5.0);
    take(1000, 9.0);
    EXPECT_TRUE(take(-3'600'000, 4.0)) << "of another interval";
    EXPECT_FALSE(take(-3'599'000, 3.0));
    EXPECT_EQ(stored(1), (Stored{{0, 5.0}, {1000, 9.0}, {-3'600'000, 4.0}}));
    pass(10'500);
    EXPECT_EQ(stored(1).back(), std::pair(std::int64_t{-3'599'000}, store::Value(3.0)))
        << "by the clock that does not jump";
    expect_balance();
}

TEST_F(SummariesTest, MakeTwoPartsOfAnIntervalThatALateReadingComesBackTo)
{
    take(0, 5.0);
    take(1000, 6.0);
    take(10'000, 7.0);
    take(2000, 8.0);
    take(3000, 9.0);
    pass(20'000);
    EXPECT_EQ(stored(made("/power@summary/count")), (Stored{{0, std::int64_t{2}}, {2000, std::int64_t{2}}}))
        << "at times of their own: none hides the other";
    expect_balance();
}

TEST_F(SummariesTest, KeepTheFlagOfAClockThatIsNotSet)
{
    const auto flag = store::flag::unsynchronised;
    take(0, 5.0, flag);
    take(1000, 9.0, flag);
    pass(20'000);
    for (const auto& reading : outcome.batch.readings) EXPECT_EQ(reading.flags, flag) << reading.series;
}

TEST_F(SummariesTest, LetTheLastTextWin)
{
    take(0, std::string("a"));
    take(1000, std::string("b"));
    take(2000, std::string("c"));
    pass(20'000);
    EXPECT_EQ(stored(1), (Stored{{0, std::string("a")}, {2000, std::string("c")}}));
    EXPECT_EQ(outcome.batch.books.derived, 0U);
    expect_balance();
}

TEST_F(SummariesTest, BeginAnewWhenTheRateIsAnother)
{
    take(0, 5.0);
    take(1000, 9.0);
    rate = 20s;
    EXPECT_TRUE(take(2000, 6.0));
    EXPECT_EQ(stored(1), (Stored{{0, 5.0}, {1000, 9.0}, {2000, 6.0}}));
    expect_balance();
}

TEST_F(SummariesTest, StoreExtremesThoughThereMayBeNoMoreSeries)
{
    DerivedSeries none(table, 1);
    Summaries limited(table, none, *log, now);
    for (const double value : {5.0, 9.0, 1.0, 4.0})
        limited.take({1, start + static_cast<std::int64_t>(value) * 100, value, 0}, rate, now, outcome);
    limited.close_due(now + 20'000, outcome);
    EXPECT_EQ(stored(1), (Stored{{900, 9.0}, {100, 1.0}, {400, 4.0}}));
    EXPECT_EQ(outcome.batch.books.derived, 0U);
}

TEST_F(SummariesTest, GoOnAfterAKillWithWhatWasOpen)
{
    // Where the wall clock is, so that the interval is not over.
    const auto base = wall_ms() - start;
    rate = 1h;
    take(base, 5.0);
    take(base + 1, 9.0);
    take(base + 2, 1.0);
    commit();
    take(base + 3, 100.0);  // never committed: it comes again
    open();
    EXPECT_EQ(summaries->open(), 1U);
    EXPECT_FALSE(take(base + 3, 6.0));
    pass(3'600'000 + 3000);
    EXPECT_EQ(stored(1), (Stored{{base, 5.0}, {base + 1, 9.0}, {base + 2, 1.0}, {base + 3, 6.0}}));
    EXPECT_EQ(stored(made("/power@summary/count")), (Stored{{base, std::int64_t{4}}}));
    commit();
    open();
    EXPECT_EQ(summaries->open(), 0U) << "what was stored is not held any more";
}

TEST_F(SummariesTest, EndSoonAfterAStartWhatEndedMeanwhile)
{
    take(0, 5.0);
    take(1000, 9.0);
    commit();
    open();
    pass(1000);
    EXPECT_EQ(stored(1).size(), 1U) << "what waits in the rings comes first";
    pass(1500);
    EXPECT_EQ(stored(1), (Stored{{0, 5.0}, {1000, 9.0}}));
}

TEST_F(SummariesTest, EndNoMoreAtOnceThanABatchMayHold)
{
    for (store::SeriesId id = 2; id <= 3000; ++id) {
        table.add({0, "b" + std::to_string(id), "", "", "", ""});
        summaries->take({id, start, 5.0, 0}, rate, now, outcome);
    }
    now += 20'000;
    summaries->close_due(now, outcome);
    EXPECT_EQ(summaries->open(), 2999 - Summaries::most_at_once);
    EXPECT_LE(summaries->next_due_ms(), now) << "there is more to do";
}

}  // namespace
}  // namespace tidegate::gateway
