// An upstream's two lanes in the store: a cursor, and what was sent ahead of it.
#include "store/store.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tidegate::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UpstreamBooks, CountsWhatIsAheadAsDone)
{
    UpstreamBooks books{.name = "a", .started = 10, .cursor = 20};
    EXPECT_EQ(books.queued(100), 80U);
    EXPECT_EQ(books.backlog(), 0U);
    ASSERT_TRUE(books.split(60));
    EXPECT_EQ(books.backlog(), 40U);
    books.move(Lane::live, 90);
    EXPECT_EQ(books.done(), 50U);
    EXPECT_EQ(books.queued(100), 50U);
    EXPECT_EQ(books.backlog(), 40U);
    EXPECT_EQ(books.place(Lane::live), 90U);
    EXPECT_EQ(books.place(Lane::backlog), 20U);
    EXPECT_EQ(books.end(Lane::backlog), 60U);
}

TEST(UpstreamBooks, BecomesOneLaneAgainWhereTheyMeet)
{
    UpstreamBooks books{.name = "a", .cursor = 20};
    books.split(60);
    books.move(Lane::live, 90);
    books.split(120);
    books.move(Lane::live, 130);
    EXPECT_THAT(books.ahead, ElementsAre(Ahead{60, 90}, Ahead{120, 130}));
    books.move(Lane::backlog, 59);
    EXPECT_EQ(books.ahead.size(), 2U);
    books.move(Lane::backlog, 60);
    EXPECT_EQ(books.cursor, 90U);
    EXPECT_THAT(books.ahead, ElementsAre(Ahead{120, 130}));
    books.move(Lane::backlog, 120);
    EXPECT_EQ(books.cursor, 130U);
    EXPECT_TRUE(books.ahead.empty());
    books.move(Lane::live, 140);
    EXPECT_EQ(books.cursor, 140U) << "one lane: it has the cursor";
}

TEST(UpstreamBooks, HasABoundedNumberOfStretches)
{
    UpstreamBooks books{.name = "a"};
    EXPECT_FALSE(books.split(0)) << "nothing is skipped";
    std::uint64_t seq = 0;
    for (std::size_t i = 0; i < UpstreamBooks::most_ahead; ++i) {
        ASSERT_TRUE(books.split(seq += 10));
        books.move(Lane::live, seq += 10);
    }
    const auto before = books.ahead;
    EXPECT_FALSE(books.split(seq + 10));
    EXPECT_EQ(books.ahead, before);
}

TEST(UpstreamBooks, MovesAStretchThatIsNotUsedYet)
{
    UpstreamBooks books{.name = "a"};
    for (std::uint64_t seq = 1; seq < 100; ++seq) ASSERT_TRUE(books.split(seq));
    EXPECT_THAT(books.ahead, ElementsAre(Ahead{99, 99}));
}

struct StoreLanes : testing::Test {
    StoreLanes()
    {
        options.directory = directory.path() / "data";
        options.log_bytes = 20'000;
        options.free_bytes = 0;
        open();
        store->open_upstream("cloud");
    }
    void open()
    {
        store.reset();
        auto opened = Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
    }
    void append(int count)
    {
        if (!store->series().find("a", "")) store->series().add({0, "a", "", "a", "", ""});
        std::vector<Reading> readings;
        for (int i = 0; i < count; ++i, ++number)
            readings.push_back({1, noon + number, 0.37 * static_cast<double>(number), 0});
        Books books;
        books.read = books.stored_readings = readings.size();
        ASSERT_TRUE(store->append({std::move(readings), books, {}}, {}));
        ASSERT_TRUE(store->flush());
    }
    // Reads and acknowledges one lane to its end, no further than `most`; counts each reading by its number.
    void drain(Lane lane, std::uint64_t most)
    {
        auto reader = store->reader().value();
        for (;;) {
            const auto books = store->open_upstream("cloud");
            const auto place = books.place(lane);
            const auto end = std::min(books.end(lane), most);
            if (place >= end) return;
            auto records = reader->read_after(place, std::min<std::uint64_t>(700, end - place)).value();
            if (records.empty()) return;
            epochs.insert(reader->epoch());
            for (const auto& record : records) ++seen[record.reading.time_ms - noon];
            store->acknowledge("cloud", records.back().seq, records.size(), lane);
        }
    }
    void expect_each_once(std::int64_t count)
    {
        ASSERT_EQ(static_cast<std::int64_t>(seen.size()), count);
        for (const auto& [one, times] : seen) ASSERT_EQ(times, 1) << one;
    }

    static constexpr std::int64_t noon = 1'764'028'800'000;
    tests::TempDir directory;
    StoreOptions options;
    std::unique_ptr<Store> store;
    std::int64_t number = 0;
    std::map<std::int64_t, int> seen;
    std::set<std::uint64_t> epochs;
};

TEST_F(StoreLanes, AreSavedWithTheNextCommit)
{
    append(100);
    store->acknowledge("cloud", 10, 10);
    auto books = store->split_lanes("cloud");
    EXPECT_THAT(books.ahead, ElementsAre(Ahead{100, 100}));
    append(50);
    store->acknowledge("cloud", 120, 20, Lane::live);
    store->acknowledge("cloud", 15, 5, Lane::backlog);
    store->spend("cloud", {1, 2, 3, 4});

    open();

    books = store->open_upstream("cloud");
    EXPECT_EQ(books.cursor, 15U);
    EXPECT_THAT(books.ahead, ElementsAre(Ahead{100, 120}));
    EXPECT_EQ(books.delivered, 35U);
    EXPECT_EQ(books.queued(150), 115U);
    EXPECT_EQ(books.spent, (Spent{1, 2, 3, 4}));
    ASSERT_TRUE(store->flush());  // what was there before it is given once it is synced anew
    drain(Lane::backlog, 1000);
    books = store->open_upstream("cloud");
    EXPECT_THAT(books.ahead, IsEmpty()) << "the lanes have met, and it goes on as one";
    EXPECT_EQ(books.cursor, 150U);
    expect_each_once(85 + 30);
}

TEST_F(StoreLanes, OfWhichOneStandsInTheMiddleOfARoundReadItOnFromTheLog)
{
    append(100);
    ASSERT_TRUE(store->seal_all());  // the cursor stands in this round
    for (int i = 0; i < 5; ++i) append(1000);
    ASSERT_TRUE(store->seal_all());  // nobody in this one: it goes from the log
    for (int i = 0; i < 3; ++i) append(500);
    store->split_lanes("cloud");  // in the middle of what becomes the third
    for (int i = 0; i < 3; ++i) append(500);
    drain(Lane::live, 7'400);
    ASSERT_TRUE(store->seal_all());
    for (int i = 0; i < 8; ++i) {
        append(1000);
        if (i % 2 == 1) {
            ASSERT_TRUE(store->seal_all());
        }
    }
    for (int i = 0; i < 20; ++i) append(1);

    open();
    ASSERT_TRUE(store->flush());
    drain(Lane::backlog, 100'000);
    EXPECT_TRUE(store->open_upstream("cloud").ahead.empty());
    EXPECT_EQ(epochs.size(), 2U) << "some of it came from sealed files";
    drain(Lane::live, 100'000);

    expect_each_once(number);
    EXPECT_EQ(store->open_upstream("cloud").delivered, static_cast<std::uint64_t>(number));
    EXPECT_EQ(sum(store->open_upstream("cloud").discarded), 0U);
}

TEST_F(StoreLanes, TellOfRefusedReadingsInEachOfThemOnce)
{
    append(100);
    store->split_lanes("cloud");
    append(10);
    const auto refuse = [&](std::uint64_t seq, Lane lane) {
        store->refuse("cloud", std::vector<Record>{{seq, {1, noon, 1.0, 0}}}, lane);
    };
    store->acknowledge("cloud", 104, 4, Lane::live);
    refuse(105, Lane::live);
    store->acknowledge("cloud", 49, 49, Lane::backlog);
    refuse(50, Lane::backlog);
    refuse(50, Lane::backlog);  // again: its place has moved on
    const auto gaps = store->owed_gaps("cloud", 10).value();
    ASSERT_EQ(gaps.size(), 2U);
    EXPECT_EQ(gaps[0].first_seq, 105U);
    EXPECT_EQ(gaps[1].first_seq, 50U);
    EXPECT_EQ(sum(store->open_upstream("cloud").discarded), 2U);
}

}  // namespace
}  // namespace tidegate::store
