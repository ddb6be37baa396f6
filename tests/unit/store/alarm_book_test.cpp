#include "store/alarm_book.hpp"

#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace tidegate::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t now = 1'764'000'000'000;

Alarm alarm(SeriesId series, std::int64_t since_ms = now)
{
    Alarm made;
    made.rule = "warm";
    made.series = series;
    made.severity = Severity::critical;
    made.kind = "above";
    made.limit = "30";
    made.text = "too warm";
    made.value = 31.5;
    made.since_ms = since_ms;
    made.raised_ms = since_ms + 1000;
    return made;
}

Alarm cleared(Alarm made, std::int64_t at_ms = now + 60'000)
{
    made.cleared_ms = at_ms;
    made.cleared_by = "value";
    return made;
}

struct AlarmBookTest : testing::Test {
    void open() { book.emplace(dir.path(), bounds); }
    std::vector<SeriesId> on() const
    {
        std::vector<SeriesId> out;
        for (const auto& one : book->on()) out.push_back(one.series);
        return out;
    }
    std::vector<Alarm> history(std::uint64_t before = 0, std::size_t limit = 100'000)
    {
        return book->cleared(before, limit).value();
    }

    tests::TempDir dir;
    AlarmBook::Bounds bounds{.trim_every = 1};
    std::optional<AlarmBook> book{std::in_place, dir.path()};
};

TEST_F(AlarmBookTest, MakesNoFileBeforeThereIsAnAlarm)
{
    EXPECT_THAT(book->on(), IsEmpty());
    EXPECT_THAT(history(), IsEmpty());
    EXPECT_EQ(book->acknowledge(1, "", "", now).error().kind, ErrorKind::not_found);
    EXPECT_FALSE(std::filesystem::exists(dir / "alarms.db"));
}

TEST_F(AlarmBookTest, KeepsAnAlarmAsItIsOverARestart)
{
    auto made = alarm(7);
    made.value = std::string("open");
    made.flapping = made.unsynchronised = true;
    book->put({made}, now);
    const auto before = book->on();
    open();

    const auto after = book->on();
    ASSERT_THAT(after, SizeIs(1));
    const auto& kept = after.front();
    EXPECT_EQ(kept.id, before.front().id);
    EXPECT_EQ(kept.rule, "warm");
    EXPECT_EQ(kept.series, 7);
    EXPECT_EQ(kept.severity, Severity::critical);
    EXPECT_EQ(kept.kind, "above");
    EXPECT_EQ(kept.limit, "30");
    EXPECT_EQ(kept.text, "too warm");
    EXPECT_EQ(kept.value, Value(std::string("open")));
    EXPECT_EQ(kept.since_ms, now);
    EXPECT_EQ(kept.raised_ms, now + 1000);
    EXPECT_TRUE(kept.flapping && kept.unsynchronised);
    EXPECT_EQ(state_of(kept), AlarmState::open);
}

TEST_F(AlarmBookTest, EntersAnAlarmThatIsRaisedAgainFromTheRingOnce)
{
    book->put({alarm(7)}, now);
    const auto id = book->on().front().id;
    ASSERT_TRUE(book->acknowledge(id, "Ann", "", now));
    open();
    book->put({alarm(7)}, now);

    ASSERT_THAT(book->on(), SizeIs(1));
    EXPECT_EQ(book->on().front().id, id);
    EXPECT_EQ(book->on().front().acknowledged_by, "Ann");

    book->put({cleared(alarm(7))}, now);
    open();
    book->put({alarm(7), cleared(alarm(7), now + 70'000)}, now);
    EXPECT_THAT(book->on(), IsEmpty());
    ASSERT_THAT(history(), SizeIs(1));
    EXPECT_EQ(history().front().cleared_ms, now + 60'000) << "as it was";
}

TEST_F(AlarmBookTest, TakesAnAlarmThatCameAndWentAndCameInOneGo)
{
    book->put({alarm(7), cleared(alarm(7)), alarm(7, now + 90'000), alarm(8)}, now);

    EXPECT_THAT(on(), ElementsAre(8, 7));
    EXPECT_EQ(book->on().back().since_ms, now + 90'000);
    EXPECT_THAT(history(), SizeIs(1));
    EXPECT_EQ(book->counts().open, 2);
    EXPECT_EQ(book->counts().raised, 3);
}

TEST_F(AlarmBookTest, KeepsWhoAcknowledgedAndWhenTheFirstTime)
{
    book->put({alarm(7), alarm(8)}, now);
    const auto id = book->on().back().id;

    const auto done = book->acknowledge(id, "Ann", "on my way", now + 5000);
    ASSERT_TRUE(done);
    EXPECT_EQ(state_of(*done), AlarmState::acknowledged);
    const auto again = book->acknowledge(id, "Bob", "me too", now + 9000);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->acknowledged_by, "Ann");
    EXPECT_EQ(again->note, "on my way");
    EXPECT_EQ(again->acknowledged_ms, now + 5000);
    EXPECT_EQ(book->counts().open, 1);
    EXPECT_EQ(book->counts().acknowledged, 1);
    open();
    EXPECT_EQ(book->counts().acknowledged, 1);

    book->put({cleared(alarm(7))}, now);
    ASSERT_THAT(history(), SizeIs(1));
    EXPECT_EQ(history().front().acknowledged_by, "Ann");
    EXPECT_EQ(book->counts().acknowledged, 0);
}

TEST_F(AlarmBookTest, SaysWithEachChangeThatThereIsOne)
{
    auto last = book->revision();
    const auto changed = [&] { return std::exchange(last, book->revision()) != last; };
    book->put({}, now);
    EXPECT_FALSE(changed());
    book->put({alarm(7)}, now);
    EXPECT_TRUE(changed());
    ASSERT_TRUE(book->acknowledge(book->on().front().id, "", "", now));
    EXPECT_TRUE(changed());
    ASSERT_TRUE(book->acknowledge(book->on().front().id, "", "", now));
    EXPECT_FALSE(changed());
    book->put({cleared(alarm(7))}, now);
    EXPECT_TRUE(changed());
}

TEST_F(AlarmBookTest, GivesHistoryInPagesTheNewestFirst)
{
    for (SeriesId series = 1; series <= 5; ++series) book->put({cleared(alarm(series))}, now);

    const auto first = history(0, 2);
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_EQ(first[0].series, 5);
    const auto rest = history(first.back().id, 100);
    ASSERT_THAT(rest, SizeIs(3));
    EXPECT_EQ(rest.front().series, 3);
}

TEST_F(AlarmBookTest, ForgetsTheOldestBeyondItsBoundsAndNoneThatIsOn)
{
    bounds.cleared = 3;
    open();
    book->put({alarm(100)}, now);
    for (SeriesId series = 1; series <= 5; ++series) book->put({cleared(alarm(series))}, now);
    EXPECT_THAT(history(), SizeIs(3));
    EXPECT_EQ(history().back().series, 3);
    EXPECT_THAT(on(), ElementsAre(100));

    book->put({alarm(101)}, now + 300 * day);
    EXPECT_THAT(history(), SizeIs(3));
    book->put({alarm(102)}, now + 401 * day);
    EXPECT_THAT(history(), IsEmpty());
    EXPECT_THAT(on(), ElementsAre(102, 101, 100));
}

TEST_F(AlarmBookTest, LetsNoneGoByAgeWhileTheClockIsNotToBeBelieved)
{
    book->put({cleared(alarm(1))}, now);
    book->put({cleared(alarm(2))}, 0);

    EXPECT_THAT(history(), SizeIs(2));
}

TEST_F(AlarmBookTest, GivesNoIdTwiceEvenWhenAllAreForgotten)
{
    book->put({cleared(alarm(1))}, now);
    const auto id = history().front().id;
    book->put({cleared(alarm(2))}, now + 500 * day);
    open();
    book->put({alarm(3)}, now);

    EXPECT_GT(book->on().front().id, id);
}

TEST_F(AlarmBookTest, ShowsWhatIsOnWhileTheDiskTakesNothingAndWritesItLater)
{
    bounds.retry_ms = 0;
    std::filesystem::create_directory(dir / "alarms.db");  // no file can be made there
    open();
    book->put({alarm(7), alarm(8), cleared(alarm(8))}, now);
    EXPECT_THAT(on(), ElementsAre(7));
    const auto id = book->on().front().id;
    EXPECT_FALSE(book->acknowledge(id, "Ann", "", now)) << "it could not be kept";
    EXPECT_EQ(book->counts().acknowledged, 0);

    std::filesystem::remove(dir / "alarms.db");
    book->write_what_is_left();
    EXPECT_TRUE(book->acknowledge(id, "Ann", "", now));
    open();
    EXPECT_THAT(on(), ElementsAre(7));
    EXPECT_THAT(history(), SizeIs(1));
}

TEST_F(AlarmBookTest, LeavesADiskThatTakesNothingAloneForAWhile)
{
    bounds.retry_ms = 600'000;
    std::filesystem::create_directory(dir / "alarms.db");
    open();
    book->put({alarm(7)}, now);
    std::filesystem::remove(dir / "alarms.db");
    book->write_what_is_left();
    book->put({alarm(8)}, now);
    EXPECT_FALSE(std::filesystem::exists(dir / "alarms.db"));
    EXPECT_TRUE(book->acknowledge(book->on().front().id, "Ann", "", now)) << "somebody waits for that";
    open();
    EXPECT_THAT(on(), ElementsAre(8, 7));
}

TEST_F(AlarmBookTest, TakesNoIdAwayThatAFileHasWhichCouldNotBeReadAtFirst)
{
    book->put({alarm(1), alarm(2)}, now);
    book.reset();
    std::filesystem::rename(dir / "alarms.db", dir / "away");
    std::filesystem::create_directory(dir / "alarms.db");
    bounds.retry_ms = 0;
    open();
    book->put({alarm(3), cleared(alarm(3)), alarm(4)}, now);
    std::filesystem::remove(dir / "alarms.db");
    std::filesystem::rename(dir / "away", dir / "alarms.db");
    book->write_what_is_left();
    EXPECT_THAT(on(), ElementsAre(4, 2, 1));
    open();
    EXPECT_THAT(on(), ElementsAre(4, 2, 1));
    EXPECT_THAT(history(), SizeIs(1));
}

TEST_F(AlarmBookTest, LeavesNothingOnThatWasEnteredTwiceWithAnotherBeginning)
{
    book->put({alarm(7, now)}, now);
    open();
    book->put({alarm(7, now + 30'000)}, now);
    book->put({cleared(alarm(7, now + 30'000))}, now);
    open();
    EXPECT_THAT(on(), IsEmpty());
    ASSERT_THAT(history(), SizeIs(2));
    EXPECT_EQ(history()[1].cleared_by, "replaced");
}

TEST_F(AlarmBookTest, KeepsTheLastOfSeveralThatComeAgain)
{
    book->put({alarm(7, now), cleared(alarm(7, now)), alarm(7, now + 60'000)}, now);
    open();
    book->put({alarm(7, now + 1)}, now);
    book->put({cleared(alarm(7, now + 1)), alarm(7, now + 60'000)}, now);
    ASSERT_THAT(on(), ElementsAre(7));
    open();
    ASSERT_THAT(on(), ElementsAre(7));
    EXPECT_EQ(book->on().front().since_ms, now + 60'000);
}

TEST_F(AlarmBookTest, PutsADamagedFileAsideAndGoesOn)
{
    book->put({alarm(7)}, now);
    book.reset();
    std::ofstream(dir / "alarms.db", std::ios::trunc) << "this is no database, whatever its name is";
    open();
    EXPECT_THAT(book->on(), IsEmpty());
    book->put({alarm(8)}, now);

    EXPECT_THAT(on(), ElementsAre(8));
    EXPECT_TRUE(std::filesystem::exists(dir / "quarantine"));
}

}  // namespace
}  // namespace tidegate::store
