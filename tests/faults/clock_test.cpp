// A clock that wakes up in 1970 and is set later, jumps back, or is never set: history and upstream get the
// right times as soon as they are known, and nothing is lost, reordered or purged by it.
#include "store/sealed_path.hpp"
#include "store/store.hpp"
#include "support/fake_clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using store::Record;
constexpr auto november = FakeClock::november_2026;
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t end_of_times = 4'000'000'000'000;

struct Clock : testing::Test {
    Clock()
    {
        options.directory = directory.path() / "data";
        options.clock = fake.source();
        options.commit_interval = 5ms;
        options.sync_interval = 20ms;
        options.unsynchronised_patience = 20min;
    }

    void open()
    {
        store.reset();
        auto opened = store::Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
        store->open_upstream("cloud");
        if (!store->series().find("a", "")) store->series().add({0, "a", "", "a", "", ""});
    }

    // Readings that arrive a second apart; each value is the reading's number.
    void arrive(int count)
    {
        for (int i = 0; i < count; ++i) {
            fake.pass(1000);
            append({fake.stamp(1, static_cast<std::int64_t>(++number))});
        }
        ASSERT_TRUE(store->flush());
    }
    void append(std::vector<store::Reading> readings)
    {
        store::Batch batch{std::move(readings), {}, {}};
        batch.books.received = batch.books.stored_messages = batch.readings.size();
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store->append(std::move(batch), {}));
    }

    std::vector<std::int64_t> history(std::int64_t from, std::int64_t to)  // their times
    {
        const auto found = store->history({{1}, from, to, 100'000}, {});
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        return found ? found->series.at(0).t : std::vector<std::int64_t>{};
    }
    std::vector<Record> sent()
    {
        auto reader = store->reader();
        EXPECT_TRUE(reader);
        auto records =
            reader ? (*reader)->read_after(0, 100'000) : Result<std::vector<Record>>(reader.error());
        EXPECT_TRUE(records);
        return records ? *records : std::vector<Record>{};
    }
    bool waits_for(std::uint64_t seq) { return store->wait_newer(seq - 1, {}, 5s); }

    // `count` readings, the first at `first_ms`, a second apart, in history and upstream.
    void expect_right(std::size_t count, std::int64_t first_ms, std::uint8_t flags = 0)
    {
        const auto records = sent();
        const auto times = history(0, end_of_times);
        ASSERT_EQ(records.size(), count);
        ASSERT_EQ(times.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto time = first_ms + 1000 * static_cast<std::int64_t>(i);
            EXPECT_EQ(times[i], time) << i;
            EXPECT_EQ(records[i].seq, i + 1);
            EXPECT_EQ(records[i].reading.time_ms, time) << i;
            EXPECT_EQ(records[i].reading.flags, flags) << i;
            EXPECT_EQ(std::get<std::int64_t>(records[i].reading.value), static_cast<std::int64_t>(i + 1));
        }
        const auto state = store->state();
        EXPECT_EQ(state.books.stored_readings, count);
        EXPECT_EQ(state.last_seq, count);
    }

    const QuietLog quiet;
    FakeClock fake;
    TempDir directory;
    store::StoreOptions options;
    std::uint64_t number = 0;
    std::unique_ptr<store::Store> store;
};

TEST_F(Clock, OfNineteenSeventyThatIsSetPutsHistoryAndUpstreamRight)
{
    open();
    arrive(300);
    EXPECT_EQ(history(0, hour).size(), 300U) << "shown at once, with the time there is";
    EXPECT_FALSE(store->wait_newer(0, {}, 50ms)) << "sent only once the time is known";
    EXPECT_TRUE(sent().empty());
    fake.set(november + 300'000);
    ASSERT_TRUE(waits_for(300));

    expect_right(300, november + 1000);
    arrive(20);
    expect_right(320, november + 1000);
    ASSERT_TRUE(store->seal_all());
    expect_right(320, november + 1000);
    store->acknowledge("cloud", 320, 320);
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(store->state().upstreams.at(0).delivered, 320U);
}

TEST_F(Clock, ThatIsSetBetweenArrivalAndCommitPutsTheReadingsOfThatMomentRight)
{
    options.commit_interval = 1h;
    open();
    for (int i = 1; i <= 20; ++i) {
        fake.pass(1000);
        append({fake.stamp(1, i)});
        if (i == 10) fake.set(november + 10'000);
    }
    ASSERT_TRUE(store->flush());
    expect_right(20, november + 1000);
}

TEST_F(Clock, ThatIsNotSetAtARestartIsWaitedForAgain)
{
    open();
    arrive(200);
    open();
    EXPECT_TRUE(sent().empty());
    arrive(100);
    fake.set(november + 300'000);
    ASSERT_TRUE(waits_for(300));
    expect_right(300, november + 1000);
    open();
    ASSERT_TRUE(store->flush());
    expect_right(300, november + 1000);
}

TEST_F(Clock, ThatIsSetWhileTheGatewayIsAwayPutsRightWhatItFindsThen)
{
    open();
    arrive(200);
    store.reset();
    fake.set(november + 200'000);
    open();
    ASSERT_TRUE(store->flush());
    expect_right(200, november + 1000);
}

TEST_F(Clock, OfAnEarlierBootIsKnownFromTheLog)
{
    open();
    arrive(100);
    fake.set(november + 100'000);
    arrive(100);
    store.reset();
    fake.reboot();
    open();
    ASSERT_TRUE(store->flush());
    expect_right(200, november + 1000);
}

TEST_F(Clock, ThatIsNeverSetGoesOnAfterTheLastKnownTimeAndIsSentFlagged)
{
    fake.set(november);
    open();
    arrive(10);
    store.reset();
    fake.reboot();
    open();
    arrive(10);
    ASSERT_TRUE(waits_for(10));
    EXPECT_EQ(sent().size(), 10U) << "those of this boot wait";
    const auto times = history(0, end_of_times);
    ASSERT_EQ(times.size(), 20U);
    EXPECT_EQ(times[9], november + 10'000);
    EXPECT_GT(times[10], times[9]);

    fake.pass(21 * 60'000);
    ASSERT_TRUE(waits_for(20));
    auto records = sent();
    ASSERT_EQ(records.size(), 20U);
    EXPECT_EQ(records[19].reading.flags, store::flag::unsynchronised);
    EXPECT_EQ(records[19].reading.time_ms, times[19]);
    fake.reboot();
    open();
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(history(0, end_of_times), times);
    records = sent();
    ASSERT_EQ(records.size(), 20U);
    EXPECT_EQ(records[19].reading.flags, store::flag::unsynchronised);
    EXPECT_EQ(records[19].reading.time_ms, times[19]);
}

TEST_F(Clock, ThatJumpsBackLosesNothingAndTheOrderIsThatOfArrival)
{
    fake.set(november);
    open();
    arrive(100);
    fake.step(-hour);
    arrive(100);
    const auto check = [&] {
        const auto records = sent();
        ASSERT_EQ(records.size(), 200U);
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(records[i].seq, i + 1);
            EXPECT_EQ(std::get<std::int64_t>(records[i].reading.value), static_cast<std::int64_t>(i + 1));
            EXPECT_EQ(records[i].reading.flags, 0);
        }
        EXPECT_EQ(history(november - hour, november).size(), 100U);
        EXPECT_EQ(history(november, november + hour).size(), 100U);
    };
    check();
    open();
    ASSERT_TRUE(store->flush());
    check();
    ASSERT_TRUE(store->seal_all());
    check();
    EXPECT_EQ(store->state().books.stored_readings, 200U);
}

TEST_F(Clock, ThatIsSetBackByHandIsPutRightByTheBootClock)
{
    fake.set(november);
    open();
    arrive(10);
    fake.step(-hour);
    fake.synchronise(false);  // the kernel no longer believes it
    arrive(10);
    ASSERT_TRUE(waits_for(20));
    expect_right(20, november + 1000);
}

TEST_F(Clock, ThatIsSetLaterLeavesWhatIsSealedAndShowsItOnce)
{
    open();
    arrive(50);
    ASSERT_TRUE(store->seal_all());
    fake.set(november + 50'000);
    arrive(50);
    const auto check = [&] {
        EXPECT_EQ(history(0, hour).size(), 50U);
        EXPECT_EQ(history(hour, end_of_times).size(), 50U);
        const auto records = sent();
        ASSERT_EQ(records.size(), 100U);
        EXPECT_EQ(records[0].reading.time_ms, november + 1000) << "the upstream has the right time";
    };
    check();
    open();
    ASSERT_TRUE(store->flush());
    check();
    std::this_thread::sleep_for(2500ms);  // more than one round that purges
    check();
}

TEST_F(Clock, ThatIsNotSetPurgesNothing)
{
    const auto day = store::sealed_path(options.directory, store::Tier::readings, store::day_of(november));
    fake.set(november);
    open();
    arrive(10);
    ASSERT_TRUE(store->seal_all());
    ASSERT_TRUE(std::filesystem::exists(day));
    store.reset();
    fake.reboot();
    fake.step(end_of_times);  // not set, and far beyond the age at which history goes
    options.history_age = std::chrono::days(1);
    open();
    std::this_thread::sleep_for(2500ms);  // more than one round
    EXPECT_TRUE(std::filesystem::exists(day));
    EXPECT_EQ(history(0, end_of_times).size(), 10U);

    fake.synchronise();
    arrive(1);
    EXPECT_TRUE(wait_until([&] { return !std::filesystem::exists(day); }, 10s)) << "now it is old";
}

}  // namespace
}  // namespace tidegate::tests
