#include "store/boot_clock.hpp"

#include "store/hot.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

using namespace std::chrono_literals;
constexpr auto now = tests::FakeClock::november_2026;
constexpr auto early = flag::unsynchronised;

struct BootClockTest : testing::Test {
    void start(const BatchClock& last = {}) { clock.emplace(fake.source(), 5min, last); }

    tests::FakeClock fake;
    std::optional<BootClock> clock;
};

TEST_F(BootClockTest, TakesReadingsThatWaitedForTheCommitToTheTimeTheyArrivedAt)
{
    start();
    fake.pass(1000);
    std::vector<Reading> readings{fake.stamp(1, 1)};
    fake.pass(1000);
    readings.push_back(fake.stamp(1, 2));
    (void)clock->read();
    fake.set(now);
    readings.push_back(fake.stamp(1, 3));

    const auto at = clock->read();
    clock->put_right(readings, at);

    EXPECT_TRUE(at.synchronised);
    EXPECT_EQ(readings[0].time_ms, now - 1000);
    EXPECT_EQ(readings[1].time_ms, now);
    EXPECT_EQ(readings[2].time_ms, now);
    for (const auto& reading : readings) EXPECT_EQ(reading.flags, 0);
}

TEST_F(BootClockTest, KeepsOtherFlagsAndOtherReadingsAsTheyAre)
{
    start();
    fake.set(now);
    std::vector<Reading> readings{{1, 20'000, 1.0, static_cast<std::uint8_t>(early | flag::retained)},
                                  {1, 20'000, 2.0, 0},
                                  {1, 999'000'000, 3.0, early}};
    clock->put_right(readings, clock->read());
    EXPECT_EQ(readings[0].time_ms, now);
    EXPECT_EQ(readings[0].flags, flag::retained);
    EXPECT_EQ(readings[1].time_ms, 20'000) << "not stamped by the clock";
    EXPECT_EQ(readings[2].time_ms, 999'000'000) << "the clock of this boot never said so";
    EXPECT_EQ(readings[2].flags, early);
}

TEST_F(BootClockTest, PutsBatchesRightByTheirOwnFrame)
{
    start();
    const auto first = clock->read();
    fake.step(500'000);  // a jump to a time that is not right either
    fake.pass(1000);
    const auto second = clock->read();
    DecodedBatch batches[] = {{first, {{1, {1, 20'000, 1.0, early}}}},
                              {second, {{2, {1, fake.wall_ms(), 2.0, early}}}}};
    EXPECT_FALSE(clock->put_right(batches[0])) << "not known yet";
    fake.pass(1000);
    fake.set(now);
    (void)clock->read();

    EXPECT_TRUE(clock->put_right(batches[0]));
    EXPECT_TRUE(clock->put_right(batches[1]));
    EXPECT_EQ(batches[0].records[0].reading.time_ms, now - 2000);
    EXPECT_EQ(batches[1].records[0].reading.time_ms, now - 1000);
    EXPECT_EQ(batches[1].records[0].reading.flags, 0);
}

TEST_F(BootClockTest, TellsTheStretchesToPutRightOnceAndBeforeItIsSettled)
{
    start();
    std::vector<BootClock::Shift> told;
    clock->on_set([&](const BootClock::Shift& shift) { told.push_back(shift); });
    clock->committed(clock->read(), 1, 10);
    clock->committed(clock->read(), 11, 20);
    fake.step(7000);
    clock->committed(clock->read(), 25, 30);
    EXPECT_EQ(clock->first_waiting(), 1U);
    EXPECT_FALSE(clock->settled());
    fake.set(now);
    EXPECT_FALSE(clock->settled()) << "nobody has looked yet";
    clock->committed(clock->read(), 31, 40);
    (void)clock->read();

    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].first, 1U);
    EXPECT_EQ(told[0].last, 20U);
    EXPECT_EQ(told[0].shift_ms, now - fake.boot_ms());
    EXPECT_EQ(told[1].first, 25U);
    EXPECT_EQ(told[1].last, 30U);
    EXPECT_EQ(told[1].shift_ms, now - fake.boot_ms() - 7000);
    EXPECT_TRUE(clock->settled());
    EXPECT_EQ(clock->first_waiting(), 0U);
}

TEST_F(BootClockTest, IsSettledAfterSomePatience)
{
    start();
    fake.pass(299'000 - fake.boot_ms());
    EXPECT_FALSE(clock->settled());
    fake.pass(2000);
    EXPECT_TRUE(clock->settled());
    EXPECT_FALSE(clock->read().synchronised);
}

TEST_F(BootClockTest, DoesNotGoBackBehindTheLastKnownTimeWhileItIsNotSet)
{
    start({99, 500'000, now, true});  // of the boot before
    EXPECT_EQ(clock->read().wall_ms, now + fake.boot_ms());
    EXPECT_FALSE(clock->read().synchronised);
    fake.step(now - 60'000);  // a clock that is kept over a boot, but late
    EXPECT_EQ(clock->read().wall_ms, now + fake.boot_ms());
    fake.step(120'000);
    EXPECT_EQ(clock->read().wall_ms, fake.wall_ms()) << "it can be right";
    fake.set(now - 3'600'000);
    EXPECT_EQ(clock->read().wall_ms, now - 3'600'000) << "what is known is believed";
}

TEST_F(BootClockTest, FollowsAClockThatIsSetByHandAndNeverCalledRight)
{
    start({99, 500'000, now + 4 * 365 * 86'400'000LL, false});  // somebody had it in the wrong year
    fake.step(now);
    EXPECT_EQ(clock->read().wall_ms, fake.wall_ms());
}

TEST_F(BootClockTest, GoesOnAsBeforeAfterARestartInTheSameBoot)
{
    start();
    fake.set(now);
    const auto last = clock->read();
    fake.synchronise(false);  // somebody set it by hand, wrong
    fake.step(-3'600'000);
    fake.pass(1000);
    start(last);

    const auto at = clock->read();
    EXPECT_TRUE(at.synchronised) << "the boot clock says what time it is";
    EXPECT_EQ(at.wall_ms, now + 1000);
    std::vector<Reading> readings{fake.stamp(1, 1)};
    clock->put_right(readings, at);
    EXPECT_EQ(readings[0].time_ms, now + 1000);
    EXPECT_EQ(readings[0].flags, 0);
}

TEST(HotTable, PutsPointsRightThatWereStampedBeforeTheClockWasSet)
{
    HotTable hot;
    std::vector<Record> records;
    for (std::uint64_t seq = 1; seq <= 400; ++seq)
        records.push_back(
            {seq, {3, static_cast<std::int64_t>(seq), 1.0, seq % 2 == 0 ? early : std::uint8_t{0}}});
    hot.add(records);
    hot.correct(101, 350, now);

    EXPECT_EQ(hot.points(), 400U);
    const auto right = hot.copy(3, now, now + 1000)[1].points;
    ASSERT_EQ(right.size(), 125U);
    EXPECT_EQ(right.front().time_ms, now + 102);
    EXPECT_EQ(right.back().time_ms, now + 350);
    EXPECT_EQ(right.back().flags, 0);
    EXPECT_EQ(hot.copy(3, 0, 1000)[1].points.size(), 275U);
}

}  // namespace
}  // namespace tidegate::store
