#include "forwarder_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <set>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using tests::wait_until;

TEST_F(ForwarderTest, DeliversWhatIsOwedOldestFirstAndMovesTheCursor)
{
    append(0, 35);
    start();

    ASSERT_TRUE(takes(35));
    EXPECT_EQ(cloud.values(), numbers(0, 35));
    EXPECT_TRUE(wait_until([&] { return books().cursor == 35; }));
    EXPECT_EQ(books().delivered, 35);
    EXPECT_EQ(store::sum(books().discarded), 0);
}

TEST_F(ForwarderTest, DeliversWhatComesLater)
{
    start();
    append(0, 1);
    ASSERT_TRUE(takes(1));
    append(1, 1);
    EXPECT_TRUE(takes(2));
}

TEST_F(ForwarderTest, MovesTheCursorOnlyOverWhatWasAcknowledged)
{
    cloud.behave([](const Delivery& delivery) {
        return delivery.records.front().seq <= 10 ? Result<>{} : unavailable(delivery);
    });
    append(0, 30);
    start();

    ASSERT_TRUE(wait_until([&] { return cloud.tried() > 5; }));
    EXPECT_EQ(cloud.values(), numbers(0, 10));
    EXPECT_EQ(books().cursor, 10);
    cloud.behave([](const Delivery&) { return Result<>{}; });
    ASSERT_TRUE(takes(30));
    EXPECT_EQ(cloud.values(), numbers(0, 30));
}

TEST_F(ForwarderTest, TriesTheSameBatchAgainSoThatItCanBeRecognised)
{
    cloud.behave(unavailable);
    append(0, 3);
    start();
    ASSERT_TRUE(wait_until([&] { return cloud.tried() > 1; }));
    append(3, 3);
    cloud.behave([](const Delivery&) { return Result<>{}; });
    ASSERT_TRUE(takes(6));

    const std::lock_guard lock(cloud.mutex);
    for (std::size_t i = 0; i + 1 < cloud.ranges.size(); ++i)
        EXPECT_EQ(cloud.ranges[i], (std::pair{1UL, 3UL}));
    EXPECT_EQ(cloud.ranges.back(), (std::pair{4UL, 6UL}));
}

TEST_F(ForwarderTest, IsUpOnlyAfterAnAcknowledgement)
{
    start();
    EXPECT_FALSE(forwarder->status().up);
    EXPECT_EQ(forwarder->status().kind, "fake");
    EXPECT_EQ(forwarder->status().url, "fake://cloud");
    cloud.behave(unavailable);
    append(7, 1);
    ASSERT_TRUE(wait_until([&] { return forwarder->status().attempts > 2; }));
    const auto down = forwarder->status();
    EXPECT_FALSE(down.up);
    EXPECT_EQ(down.why, "the cloud is away");
    EXPECT_EQ(down.oldest_ms, start_ms + 7);

    cloud.behave([](const Delivery&) { return Result<>{}; });

    ASSERT_TRUE(wait_until([&] { return forwarder->status().up; }));
    const auto up = forwarder->status();
    EXPECT_EQ(up.why, "");
    EXPECT_EQ(up.attempts, 0);
    EXPECT_EQ(up.next_try_ms, 0);
    EXPECT_GT(up.since_ms, 0);
    EXPECT_GT(up.rate, 0);
    EXPECT_TRUE(wait_until([&] { return forwarder->status().oldest_ms == 0; }));
}

TEST_F(ForwarderTest, StaysAwayAsLongAsItIsAskedTo)
{
    cloud.behave(unavailable);
    cloud.retry_after = 60s;
    append(0, 1);
    start();

    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    EXPECT_GT(forwarder->status().next_try_ms, wall_ms() + 50'000);
    EXPECT_FALSE(wait_until([&] { return cloud.tried() > 1; }, 100ms));
}

TEST_F(ForwarderTest, TriesAtOnceWhenAsked)
{
    options.longest_retry = options.first_retry = 60s;
    cloud.behave(unavailable);
    append(0, 1);
    start();
    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    cloud.behave([](const Delivery&) { return Result<>{}; });

    forwarder->retry_now();

    EXPECT_TRUE(takes(1));
}

TEST_F(ForwarderTest, TriesRefusedCredentialsAgainButSlowly)
{
    options.longest_retry = 60s;
    cloud.behave([](const Delivery&) -> Result<> { return Error{ErrorKind::denied, "who are you"}; });
    append(0, 1);
    start();

    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    EXPECT_FALSE(wait_until([&] { return cloud.tried() > 1; }, 50ms));
    EXPECT_EQ(books().cursor, 0);
    EXPECT_EQ(forwarder->status().alarm, "denied");
    cloud.behave([](const Delivery&) { return Result<>{}; });
    forwarder->retry_now();
    ASSERT_TRUE(takes(1));
    EXPECT_TRUE(wait_until([&] { return forwarder->status().alarm.empty(); }));
}

TEST_F(ForwarderTest, DiscardsTheOneRecordThatIsNeverTakenAndNoOther)
{
    cloud.behave([](const Delivery& delivery) -> Result<> {
        for (const auto& record : delivery.records)
            if (record.seq == 14) return Error{ErrorKind::invalid, "not that one"};
        return {};
    });
    append(1, 30);
    start();

    ASSERT_TRUE(takes(29));
    auto expected = numbers(1, 30);
    expected.erase(expected.begin() + 13);
    EXPECT_EQ(cloud.values(), expected);
    EXPECT_TRUE(wait_until([&] { return books().cursor == 30; }));
    EXPECT_EQ(books().delivered, 29);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 1}));
}

// An upstream that takes several batches at a time; all that waits is one lane.
struct WindowForwarderTest : ForwarderTest {
    WindowForwarderTest()
    {
        cloud.most_under_way = 4;
        options.lanes.few = 1'000'000;
    }
    std::vector<std::uint64_t> sizes()
    {
        const std::lock_guard lock(cloud.mutex);
        std::vector<std::uint64_t> sizes;
        for (const auto& [first, last] : cloud.ranges) sizes.push_back(last + 1 - first);
        return sizes;
    }
};

TEST_F(WindowForwarderTest, HandsOverMoreBatchesAtATimeWhileAllIsWell)
{
    append(1, 310);
    start();

    ASSERT_TRUE(takes(310));
    EXPECT_EQ(cloud.values(), numbers(1, 310));
    EXPECT_THAT(sizes(), testing::ElementsAre(10, 20, 40, 80, 80, 80));
    EXPECT_TRUE(wait_until([&] { return books().cursor == 310; }));
}

TEST_F(WindowForwarderTest, GoesOnOneBatchAtATimeFromTheFirstThatWasNotAcknowledged)
{
    // Of records 31 to 70, four batches, the first is acknowledged, and the connection breaks.
    cloud.behave([&](const Delivery& delivery) -> Result<> {
        EXPECT_EQ(delivery.part, 10);
        if (delivery.first() != 31) return {};
        cloud.settled = 10;
        return Error{ErrorKind::unavailable, "broken"};
    });
    append(1, 100);
    start();

    ASSERT_TRUE(takes(90));
    auto expected = numbers(1, 30);
    const auto rest = numbers(41, 60);
    expected.insert(expected.end(), rest.begin(), rest.end());
    EXPECT_EQ(cloud.values(), expected);
    EXPECT_THAT(sizes(), testing::ElementsAre(10, 20, 40, 10, 10, 10, 10, 10, 10));
    EXPECT_TRUE(wait_until([&] { return books().cursor == 100; }));
    EXPECT_EQ(books().delivered, 100);
}

TEST_F(WindowForwarderTest, FindsTheOneThatIsRefusedInOneOfSeveralBatches)
{
    cloud.behave([](const Delivery& delivery) -> Result<> {
        for (const auto& record : delivery.records)
            if (record.seq == 55) return Error{ErrorKind::invalid, "not that one"};
        return {};
    });
    append(1, 200);
    start();

    ASSERT_TRUE(takes(199));
    auto expected = numbers(1, 200);
    expected.erase(expected.begin() + 54);
    EXPECT_EQ(cloud.values(), expected);
    EXPECT_TRUE(wait_until([&] { return books().cursor == 200; }));
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 1}));
}

TEST_F(ForwarderTest, TellsWhatItDoesNotGetUntilThatIsAcknowledgedAndThenNoMore)
{
    cloud.behave([](const Delivery& delivery) -> Result<> {
        for (const auto& record : delivery.records)
            if (record.seq == 14) return Error{ErrorKind::invalid, "not that one"};
        return delivery.gaps.empty() ? Result<>{} : unavailable(delivery);
    });
    append(1, 20);
    start();
    ASSERT_TRUE(wait_until([&] { return books().cursor == 14; }));
    ASSERT_TRUE(wait_until([&] { return cloud.tried() > 15; }));
    EXPECT_EQ(cloud.values(), numbers(1, 13)) << "what follows the gap waits for it";

    cloud.behave([](const Delivery&) { return Result<>{}; });
    ASSERT_TRUE(takes(19));
    ASSERT_TRUE(wait_until([&] { return books().cursor == 20; }));
    forwarder->stop();
    start();
    append(21, 1);
    ASSERT_TRUE(takes(20));
    const std::lock_guard lock(cloud.mutex);
    ASSERT_EQ(cloud.gaps.size(), 1U);
    EXPECT_EQ(cloud.gaps[0].first_seq, 14U);
    EXPECT_EQ(cloud.gaps[0].reason, "refused");
    EXPECT_EQ(store::count_of(cloud.gaps[0], series), 1U);
}

TEST_F(ForwarderTest, PassesOverGapsThatItsSinkHasNoPlaceForAndIsNotUpForThem)
{
    cloud.takes_gaps = false;
    append(1, 20);
    for (std::uint64_t seq = 1; seq <= 20; ++seq)
        store->refuse("cloud", {seq, {series, start_ms, static_cast<double>(seq), 0}});
    start();

    ASSERT_TRUE(wait_until([&] { return store->owed_gaps("cloud", 100)->empty(); }));
    EXPECT_EQ(cloud.tried(), 0);
    EXPECT_FALSE(forwarder->status().up);
    append(21, 1);
    ASSERT_TRUE(takes(1));
    EXPECT_TRUE(wait_until([&] { return forwarder->status().up; }));
    EXPECT_EQ(cloud.tried(), 1);
}

TEST_F(ForwarderTest, TellsOfAHoleInTheLogBeforeTheRecordsBehindIt)
{
    append(0, 10);
    append(10, 10);
    append(20, 10);
    store.reset();
    sqlite3* log = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "data" / "log.db").c_str(), &log), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(log, "DELETE FROM log WHERE seq = 20", nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_close(log), SQLITE_OK);
    open_store();
    ASSERT_TRUE(store->flush());
    std::vector<std::size_t> had;  // records, when it was told
    cloud.behave([&](const Delivery& delivery) -> Result<> {
        if (!delivery.gaps.empty()) had.push_back(cloud.taken.size());
        return {};
    });

    start();

    ASSERT_TRUE(takes(20));
    EXPECT_EQ(had, std::vector<std::size_t>{10});
}

TEST_F(ForwarderTest, GoesOnThoughTheOtherSideWillNotHearOfGaps)
{
    cloud.behave([](const Delivery& delivery) -> Result<> {
        if (!delivery.gaps.empty()) return Error{ErrorKind::invalid, "what is that"};
        for (const auto& record : delivery.records)
            if (record.seq % 5 == 0) return Error{ErrorKind::invalid, "not that one"};
        return {};
    });
    append(1, 20);
    start();
    ASSERT_TRUE(wait_until([&] { return books().cursor == 20; }));
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 4}));
    EXPECT_EQ(cloud.values().size(), 16U);
    EXPECT_EQ(store->gaps({})->size(), 4U) << "it can be read here";
}

TEST_F(ForwarderTest, DoesNotEmptyTheLogIntoAnUpstreamThatRefusesEverything)
{
    options.longest_retry = 60s;
    cloud.behave([](const Delivery&) -> Result<> { return Error{ErrorKind::invalid, "no"}; });
    append(0, 100);
    start();

    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    EXPECT_LE(store::sum(books().discarded), 10);
    EXPECT_FALSE(forwarder->status().up);
    EXPECT_EQ(forwarder->status().alarm, "refuses_everything");
}

struct SelectionForwarderTest : ForwarderTest {
    // Readings 0, 1, …: those that `other` picks are of a series that the upstream does not get.
    void append_mixed(int count, const std::function<bool(int)>& other)
    {
        const auto left_out = store->series().add({0, "private/x", "", "", "", ""});
        store::Batch batch;
        for (int i = 0; i < count; ++i)
            batch.readings.push_back({other(i) ? left_out : series, start_ms + i, static_cast<double>(i), 0});
        const auto number = static_cast<std::uint64_t>(count);
        batch.books.received = batch.books.stored_messages = number;
        batch.books.read = batch.books.stored_readings = number;
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
        options.selection = Selection::make({.exclude = {"private/#"}}).value();
    }
    // The same, a commit each: a commit has its readings by series.
    void append_in_turn(int count)
    {
        const auto left_out = store->series().add({0, "private/x", "", "", "", ""});
        for (int i = 0; i < count; ++i) {
            store::Batch batch;
            batch.readings.push_back(
                {i % 2 != 0 ? left_out : series, start_ms + i, static_cast<double>(i), 0});
            batch.books.received = batch.books.stored_messages = 1;
            batch.books.read = batch.books.stored_readings = 1;
            ASSERT_TRUE(store->append(std::move(batch), {}));
            ASSERT_TRUE(store->flush());
        }
        options.selection = Selection::make({.exclude = {"private/#"}}).value();
    }
    bool done(std::uint64_t cursor)
    {
        return wait_until([&] { return books().cursor == cursor; });
    }
};

TEST_F(SelectionForwarderTest, SendsWhatIsSelectedAndAccountsForTheRest)
{
    append_mixed(100, [](int i) { return i % 3 != 0; });
    start();

    ASSERT_TRUE(done(100));
    std::vector<double> expected;
    for (int i = 0; i < 100; i += 3) expected.push_back(i);
    EXPECT_EQ(cloud.values(), expected);
    EXPECT_EQ(books().delivered, 34);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 0, 66}));
    EXPECT_EQ(store::lost(books().discarded), 0);
    EXPECT_TRUE(store->gaps({}).value().empty());
}

TEST_F(SelectionForwarderTest, IsToldOfNoGapInWhatIsNotSelected)
{
    const auto left_out = store->series().add({0, "private/x", "", "", "", ""});
    append(1, 3);
    // Before the rule it got the series, and refused a reading of it.
    store->acknowledge("cloud", 1, 1);
    store->refuse("cloud", {2, {left_out, start_ms, 2.0, 0}});
    store->refuse("cloud", {3, {series, start_ms, 3.0, 0}});
    options.selection = Selection::make({.exclude = {"private/#"}}).value();
    start();
    append(4, 1);

    ASSERT_TRUE(takes(1));
    const std::lock_guard lock(cloud.mutex);
    ASSERT_EQ(cloud.gaps.size(), 1U);
    EXPECT_EQ(cloud.gaps[0].first_seq, 3U);
}

TEST_F(SelectionForwarderTest, PassesOverWhatIsNotSelectedWithoutADelivery)
{
    append_mixed(50, [](int) { return true; });
    start();

    ASSERT_TRUE(done(50));
    EXPECT_EQ(cloud.tried(), 0);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 0, 50}));
}

TEST_F(SelectionForwarderTest, FindsTheOneThatIsRefusedAmongThoseLeftOut)
{
    cloud.behave([](const Delivery& delivery) -> Result<> {
        for (const auto& record : delivery.records)
            if (record.seq == 15) return Error{ErrorKind::invalid, "not that one"};
        return {};
    });
    append_mixed(40, [](int i) { return i % 2 != 0; });
    start();

    ASSERT_TRUE(done(40));
    EXPECT_EQ(cloud.values().size(), 19);
    EXPECT_EQ(books().delivered, 19);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 1, 20}));
}

TEST_F(SelectionForwarderTest, MovesOverTheFirstOfABatchThatWereAcknowledgedAndNoFurther)
{
    options.longest_retry = options.first_retry = 60s;
    cloud.settled = 3;
    cloud.behave(unavailable);
    append_in_turn(10);
    start();

    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    EXPECT_EQ(books().cursor, 5);  // 1, 3 and 5 were; 2 and 4 are not for it
    EXPECT_EQ(books().delivered, 3);
    cloud.behave([](const Delivery&) { return Result<>{}; });
    forwarder->retry_now();
    ASSERT_TRUE(done(10));
    EXPECT_EQ(cloud.values(), (std::vector<double>{6, 8}));
    EXPECT_EQ(books().delivered, 5);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 0, 5}));
}

struct DeadLetterTest : ForwarderTest {
    DeadLetterTest() { options.dead = letters.get(); }

    // Refuses the record of this seq, for as long as `picky` holds.
    void refuse(std::uint64_t seq)
    {
        cloud.behave([this, seq](const Delivery& delivery) -> Result<> {
            for (const auto& record : delivery.records)
                if (picky && record.seq == seq) return Error{ErrorKind::invalid, "not that one"};
            return {};
        });
    }
    std::unique_ptr<store::DeadLetters> letters = std::make_unique<store::DeadLetters>(dir.path());
    std::atomic<bool> picky = true;
};

TEST_F(DeadLetterTest, KeepsTheOneThatIsRefusedAndGoesOn)
{
    refuse(14);
    append(1, 30);
    start();

    ASSERT_TRUE(takes(29));
    const auto dead = letters->list("cloud", 0, 10).value();
    ASSERT_EQ(dead.size(), 1);
    EXPECT_EQ(dead[0].record.seq, 14);
    EXPECT_EQ(store::as_number(dead[0].record.reading.value), 14);
    EXPECT_EQ(dead[0].epoch, store->state().epoch);
    EXPECT_EQ(dead[0].why, "not that one");
    EXPECT_TRUE(wait_until([&] { return books().cursor == 30; }));
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 1}));
}

TEST_F(DeadLetterTest, SendsItAgainWhenAskedUnderTheSeqThatItHad)
{
    refuse(3);
    append(1, 5);
    start();
    ASSERT_TRUE(takes(4));
    ASSERT_TRUE(wait_until([&] { return letters->count("cloud") == 1; }));
    picky = false;

    ASSERT_TRUE(letters->send_again("cloud"));

    ASSERT_TRUE(takes(5));
    EXPECT_EQ(cloud.values().back(), 3);
    EXPECT_TRUE(wait_until([&] { return letters->count("cloud") == 0; }));
    const std::lock_guard lock(cloud.mutex);
    EXPECT_EQ(cloud.ranges.back(), (std::pair{3UL, 3UL}));
    EXPECT_EQ(cloud.late, std::vector<double>{3}) << "newer ones went before it";
}

TEST_F(DeadLetterTest, KeepsItWhenItIsRefusedAgainAndDeliversWhatComesMeanwhile)
{
    refuse(1);
    append(1, 1);
    start();
    ASSERT_TRUE(wait_until([&] { return letters->count("cloud") == 1; }));
    ASSERT_TRUE(letters->send_again("cloud"));
    append(2, 1);

    ASSERT_TRUE(takes(1));
    ASSERT_TRUE(wait_until([&] { return !letters->list("cloud", 0, 1).value().at(0).again; }));
    EXPECT_EQ(letters->count("cloud"), 1);
    EXPECT_EQ(cloud.values(), numbers(2, 1));
}

TEST_F(DeadLetterTest, GivesUpNothingThatItCannotKeep)
{
    options.longest_retry = 60s;
    std::filesystem::create_directory(dir / "dead.db");  // in the place of the file
    refuse(2);
    append(1, 3);
    start();

    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));
    EXPECT_EQ(books().cursor, 1);
    EXPECT_EQ(store::sum(books().discarded), 0);
    EXPECT_FALSE(forwarder->status().up);
}

TEST_F(DeadLetterTest, IsNotHeldUpByAnyNumberOfRecordsThatAreRefusedForWhatIsInThem)
{
    options.batch = 100;
    options.longest_retry = options.first_retry = 60s;
    // As a database whose retention ends in the midst of a batch.
    cloud.behave([this](const Delivery& delivery) -> Result<> {
        cloud.refused.clear();
        for (std::size_t i = 0; i < delivery.records.size(); ++i)
            if (const auto& record = delivery.records[i]; record.seq <= 2050)
                cloud.refused.push_back({i, "too old"});
            else
                cloud.taken.push_back(store::as_number(record.reading.value));
        if (cloud.refused.empty()) {
            cloud.taken.resize(cloud.taken.size() - delivery.records.size());  // deliver() adds them
            return {};
        }
        cloud.settled = delivery.records.size();
        return Error{ErrorKind::invalid, "too old"};
    });
    append(1, 3000);
    start();

    ASSERT_TRUE(wait_until([&] { return books().cursor == 3000; }, 20s));
    EXPECT_EQ(cloud.values(), numbers(2051, 950));
    EXPECT_EQ(books().delivered, 950);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 2050}));
    EXPECT_EQ(letters->count("cloud"), 2050);
    EXPECT_EQ(letters->list("cloud", 0, 1).value().at(0).why, "too old");
    EXPECT_TRUE(wait_until([&] { return forwarder->status().up; }));
    EXPECT_EQ(forwarder->status().alarm, "");
    std::uint64_t told = 0;
    for (const auto& gap : cloud.gaps) told += gap.count;
    EXPECT_EQ(told, 2050);
    EXPECT_LE(cloud.tried(), 30 + 21 + 2) << "a delivery a batch, and one a gap";
}

TEST_F(DeadLetterTest, SettlesTheFirstOfABatchAndTriesTheRestAgain)
{
    cloud.behave([this](const Delivery& delivery) -> Result<> {
        if (delivery.records.empty() || delivery.records.front().seq != 1) return {};
        cloud.refused = {{1, "too large"}};
        cloud.settled = 4;
        return Error{ErrorKind::unavailable, "the broker went"};
    });
    append(1, 10);
    start();

    ASSERT_TRUE(wait_until([&] { return books().cursor == 10; }));
    EXPECT_EQ(cloud.values(), numbers(5, 6)) << "1, 3 and 4 were taken by the first";
    EXPECT_EQ(books().delivered, 9);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 1}));
    ASSERT_EQ(letters->count("cloud"), 1);
    EXPECT_EQ(letters->list("cloud", 0, 1).value()[0].record.seq, 2);
    const std::lock_guard lock(cloud.mutex);
    EXPECT_EQ(cloud.ranges.at(1), (std::pair{2UL, 2UL})) << "the gap comes before what follows it";
}

TEST_F(DeadLetterTest, DeliversNothingThatTheFormatCannotSayHoweverMuchOfIt)
{
    options.longest_retry = options.first_retry = 60s;
    cloud.takes_gaps = false;
    cloud.sayable = [](const store::Reading& reading) {
        const auto number = store::as_number(reading.value);
        return number > 60 && static_cast<int>(number) % 3 == 0;
    };
    append(1, 100);
    start();

    ASSERT_TRUE(wait_until([&] { return books().cursor == 100; }));
    EXPECT_EQ(cloud.values(), (std::vector<double>{63, 66, 69, 72, 75, 78, 81, 84, 87, 90, 93, 96, 99}));
    EXPECT_EQ(books().delivered, 13);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 87}));
    EXPECT_EQ(letters->count("cloud"), 87);
    EXPECT_EQ(letters->list("cloud", 0, 1).value().at(0).why, "there is no word for it");
    EXPECT_LE(cloud.tried(), 5) << "a delivery a batch";
}

TEST_F(ForwarderTest, GoesOnWhereItStoppedAfterARestart)
{
    append(0, 25);
    start();
    ASSERT_TRUE(takes(25));
    forwarder.reset();
    append(25, 5);

    start();

    ASSERT_TRUE(takes(30));
    EXPECT_EQ(cloud.values(), numbers(0, 30));
}

TEST_F(ForwarderTest, StopsAtOnceWhileItWaits)
{
    options.longest_retry = options.first_retry = 60s;
    cloud.behave(unavailable);
    append(0, 1);
    start();
    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > 0; }));

    const auto begin = std::chrono::steady_clock::now();
    forwarder->stop();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

}  // namespace
}  // namespace tidegate::bridge
