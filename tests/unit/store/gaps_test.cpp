#include "store/gaps.hpp"

#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tidegate::store {
namespace {

constexpr std::int64_t minute = 60'000;

struct GapBookTest : testing::Test {
    // A day of readings that was thinned: seqs first to first + 299, 100 each of the series 3, 5 and 9.
    static Gap thinned(std::uint64_t first, std::int64_t from_ms)
    {
        Gap gap;
        gap.at_ms = from_ms + 100 * minute;
        gap.resolution_ms = minute;
        gap.reason = "bytes";
        gap.from_ms = from_ms;
        gap.to_ms = from_ms + minute;
        gap.count = 300;
        gap.first_seq = first;
        gap.last_seq = first + 299;
        gap.parts = {{first, gap.from_ms, gap.to_ms, {{3, 100}, {5, 100}, {9, 100}}}};
        return gap;
    }

    std::vector<Gap> newest(GapQuery query = {})
    {
        auto found = book->newest(query);
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        return found ? std::move(*found) : std::vector<Gap>();
    }
    std::vector<Gap> owed(std::uint64_t after = 0)
    {
        auto found = book->owed("cloud", after, 1000);
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        return found ? std::move(*found) : std::vector<Gap>();
    }

    tests::TempDir directory;
    std::optional<GapBook> book{std::in_place, directory.path()};
};

TEST_F(GapBookTest, GivesTheNewestFirstAPageAtATime)
{
    for (std::uint64_t n = 0; n < 5; ++n)
        book->add(thinned(1 + 300 * n, 1000 + static_cast<std::int64_t>(n)));
    const auto first = newest({.series = {}, .limit = 2});
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].from_ms, 1004);
    EXPECT_EQ(first[1].from_ms, 1003);
    const auto rest = newest({.series = {}, .before = first[1].id, .limit = 10});
    ASSERT_EQ(rest.size(), 3U);
    EXPECT_EQ(rest[0].from_ms, 1002);
    EXPECT_EQ(rest[2].from_ms, 1000);
    EXPECT_EQ(rest[2].parts.at(0).series.at(1), std::pair(SeriesId{5}, std::uint64_t{100}));
}

TEST_F(GapBookTest, GivesThoseOfASeriesAndOfARangeOfTime)
{
    book->add(thinned(1, 1'000'000));
    book->add(thinned(301, 9'000'000));
    EXPECT_EQ(newest({.series = {5, 77}}).size(), 2U);
    EXPECT_EQ(newest({.series = {4}}).size(), 0U);
    EXPECT_EQ(newest({.series = {}, .from_ms = 8'000'000}).size(), 1U);
    EXPECT_EQ(newest({.series = {}, .from_ms = 1'000'000 + minute, .to_ms = 1'000'000 + minute}).size(), 1U)
        << "the end is part of it";
    EXPECT_EQ(newest({.series = {}, .from_ms = 2'000'000, .to_ms = 8'999'999}).size(), 0U);
}

TEST_F(GapBookTest, TellsAnUpstreamWhichReadingsItDoesNotGetAndWhy)
{
    book->add(thinned(101, 5000));
    const auto counts = book->give_up("cloud", 51, 250);  // 50 nobody knows of, 100 of 3, 50 of 5
    EXPECT_EQ(counts, (Discards{150, 50, 0}));
    const auto gaps = owed();
    ASSERT_EQ(gaps.size(), 2U);
    EXPECT_EQ(gaps[0].reason, "damage");
    EXPECT_EQ(gaps[0].first_seq, 51U);
    EXPECT_EQ(gaps[0].last_seq, 100U);
    EXPECT_EQ(gaps[0].count, 50U);
    EXPECT_TRUE(gaps[0].parts.empty());
    EXPECT_EQ(gaps[1].reason, "bytes");
    EXPECT_EQ(gaps[1].resolution_ms, minute);
    EXPECT_EQ(gaps[1].from_ms, 5000);
    EXPECT_EQ(gaps[1].first_seq, 101U);
    EXPECT_EQ(gaps[1].last_seq, 250U);
    EXPECT_EQ(count_of(gaps[1], 3), 100U);
    EXPECT_EQ(count_of(gaps[1], 5), 50U);
    EXPECT_EQ(count_of(gaps[1], 9), 0U);
    EXPECT_EQ(book->owed("archive", 0, 10)->size(), 0U) << "it is the cloud's alone";
}

TEST_F(GapBookTest, SaysItOnceThoughItIsToldAgainAfterACrash)
{
    book->add(thinned(101, 5000));
    book->give_up("cloud", 101, 250);
    book.emplace(directory.path());
    EXPECT_EQ(book->give_up("cloud", 101, 250), (Discards{150, 0, 0})) << "the cursor had not moved";
    EXPECT_EQ(owed().size(), 1U);
    const std::vector<Record> records{{250, {3, 5000, 1.0, 0}}, {251, {3, 5000, 1.0, 0}}};
    book->refused("cloud", std::span(records).first(1));
    EXPECT_EQ(owed().size(), 1U);
    book->refused("cloud", records);
    ASSERT_EQ(owed().size(), 2U);
    EXPECT_EQ(owed(owed()[0].id).at(0).reason, "refused");
    EXPECT_EQ(owed()[1].first_seq, 251U);
    EXPECT_EQ(book->last_owed("cloud"), owed()[1].id);
}

TEST_F(GapBookTest, SaysOfARunThatIsRefusedHowManyOfEachSeriesInAsFewGapsAsCanBeDelivered)
{
    std::vector<Record> records;
    for (std::uint64_t seq = 1; seq <= 1000; ++seq)
        records.push_back(
            {seq, {static_cast<SeriesId>(seq <= 600 ? 7 : seq), static_cast<std::int64_t>(seq), 1.0, 0}});

    book->refused("cloud", records);

    const auto gaps = owed();
    ASSERT_EQ(gaps.size(), 3U);  // 200 + 200 + 1 series
    EXPECT_EQ(count_of(gaps[0], 7), 600U);
    EXPECT_EQ(gaps[0].parts[0].first_seq, 1U);
    EXPECT_EQ(gaps[0].parts[0].from_ms, 1);
    EXPECT_EQ(gaps[0].parts[0].to_ms, 600);
    std::uint64_t next = 1;
    for (const auto& gap : gaps) {
        EXPECT_EQ(gap.first_seq, next);
        EXPECT_EQ(gap.count, gap.last_seq - gap.first_seq + 1);
        EXPECT_EQ(gap.reason, "refused");
        EXPECT_LE(gap.parts.size(), 200U);
        next = gap.last_seq + 1;
    }
    EXPECT_EQ(next, 1001U);
}

TEST_F(GapBookTest, MakesGapsThatADeliveryCanCarry)
{
    Gap wide = thinned(1, 5000);
    wide.parts[0].series.clear();
    for (SeriesId id = 1; id <= 1000; ++id) wide.parts[0].series.emplace_back(id, 2);
    wide.count = wide.last_seq = 2000;
    book->add(wide);
    book->give_up("cloud", 1, 2000);
    const auto gaps = owed();
    ASSERT_EQ(gaps.size(), 5U);
    std::uint64_t next = 1;
    for (const auto& gap : gaps) {
        EXPECT_EQ(gap.first_seq, next);
        EXPECT_EQ(gap.count, 400U);
        EXPECT_EQ(gap.parts.at(0).series.size(), 200U);
        EXPECT_EQ(gap.parts.at(0).first_seq, gap.first_seq);
        next = gap.last_seq + 1;
    }
    EXPECT_EQ(next, 2001U);
}

TEST_F(GapBookTest, CountsWhatHistoryLostForEverAndNotWhatUpstreamsDid)
{
    book->add(thinned(1, 1000));
    book->add(thinned(301, 2000));
    book->give_up("cloud", 1, 600);
    Gap hours;
    hours.of = Tier::hours;
    hours.reason = "age";
    hours.count = 7;
    book->add(hours);
    for (const bool reopened : {false, true}) {
        if (reopened) book.emplace(directory.path());
        auto totals = book->totals();
        std::sort(totals.begin(), totals.end(), [](auto& a, auto& b) { return a.of < b.of; });
        ASSERT_EQ(totals.size(), 2U);
        EXPECT_EQ(totals[0].count, 600U);
        EXPECT_EQ(totals[0].resolution_ms, minute);
        EXPECT_EQ(totals[0].reason, "bytes");
        EXPECT_EQ(totals[1].count, 7U);
        EXPECT_EQ(totals[1].resolution_ms, 0);
    }
}

TEST_F(GapBookTest, MakesNoFileUntilThereIsAGap)
{
    EXPECT_EQ(newest().size(), 0U);
    EXPECT_EQ(owed().size(), 0U);
    EXPECT_FALSE(std::filesystem::exists(directory / "gaps.db"));
}

TEST_F(GapBookTest, AreKeptAsFarAsADamagedFileCanBeReadAndNoIdIsGivenOutTwice)
{
    for (std::uint64_t n = 0; n < 300; ++n)
        book->add(thinned(1 + 300 * n, 1000 + static_cast<std::int64_t>(n)));
    const std::array<Record, 2> refused{Record{7, {3, 1000, 1.5, 0}}, Record{8, {3, 1000, 1.5, 0}}};
    book->refused("cloud", std::span(refused).first(1));
    const auto last = owed().at(0).id;
    book.reset();
    auto bytes = tests::read_bytes(directory / "gaps.db");
    bytes.replace(bytes.rfind("bytes") / 4096 * 4096, 4096, std::string(4096, 'x'));  // of the table
    tests::write_bytes(directory / "gaps.db", bytes);

    book.emplace(directory.path(), last);

    EXPECT_TRUE(std::filesystem::exists(directory / "quarantine"));
    const auto left = newest({.series = {}, .limit = 1000});
    EXPECT_GT(left.size(), 200U);
    EXPECT_LT(left.size(), 301U);
    EXPECT_EQ(book->totals().at(0).count, 300U * 300U)
        << "what is known of all of them is in a table of its own";
    book->refused("cloud", std::span(refused).subspan(1));
    ASSERT_EQ(owed(last).size(), 1U) << "an upstream that has all up to the last one is told of the next";
    EXPECT_EQ(owed(last).at(0).first_seq, 8U);
}

TEST_F(GapBookTest, AreKeptInMemoryWhileTheirFileCannotBeMade)
{
    std::filesystem::create_directory(directory / "gaps.db");
    book.emplace(directory.path());
    book->add(thinned(1, 1000));
    ASSERT_EQ(newest().size(), 1U);
    EXPECT_EQ(newest()[0].id, 0U);

    std::filesystem::remove(directory / "gaps.db");
    book->write_waiting();
    ASSERT_EQ(newest().size(), 1U);
    EXPECT_GT(newest()[0].id, 0U);
}

}  // namespace
}  // namespace tidegate::store
