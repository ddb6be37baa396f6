#include "bridge/pace.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t midnight = 20'000 * day;
constexpr Moment begin{0, midnight};

// Sends as often as the pace allows, `each` bytes a record, until all are sent. Gives the milliseconds it
// took.
std::int64_t time_to_send(Pace& pace, std::uint64_t records, std::uint64_t each, Moment& now)
{
    const auto began = now.boot_ms;
    while (records > 0) {
        const auto hold = pace.hold(500, now);
        now.boot_ms += hold.wait.count();
        now.wall_ms += hold.wait.count();
        if (hold.wait.count() > 0) continue;
        const auto count = std::min<std::uint64_t>(records, pace.limit(500, now));
        pace.sent(count * each, count, true, now);
        records -= count;
    }
    return now.boot_ms - began;
}

TEST(Pace, HoldsNothingBackWithoutARule)
{
    Pace pace({}, {}, begin);
    Moment now{0, midnight};
    EXPECT_EQ(time_to_send(pace, 1'000'000, 100, now), 0);
    EXPECT_EQ(pace.limit(500, now), 500U);
}

TEST(Pace, SendsSoManyRecordsASecond)
{
    Pace pace({.records_per_s = 200}, {}, begin);
    Moment now{0, midnight};
    EXPECT_EQ(pace.limit(500, now), 200U) << "not all of three seconds at once";
    EXPECT_NEAR(static_cast<double>(time_to_send(pace, 20'000, 100, now)), 99'000, 1000);
}

TEST(Pace, SendsSoManyBytesASecond)
{
    Pace pace({.bytes_per_s = 10'000}, {}, begin);
    Moment now{0, midnight};
    EXPECT_NEAR(static_cast<double>(time_to_send(pace, 10'000, 100, now)), 99'000, 6000)
        << "what a record takes is not known at the first delivery";
    EXPECT_EQ(pace.limit(500, now), 100U);
    EXPECT_EQ(pace.hold(500, now).by, "bytes");
}

TEST(Pace, GivesNoMoreToAProcessThatIsStartedAgainAndAgain)
{
    const PaceRules rules{.records_per_s = 1000, .bytes_per_s = 50'000};
    std::uint64_t sent = 0;
    for (std::int64_t start_ms = 0; start_ms < 100'000; start_ms += 700) {  // each lives for 0.7 s
        Pace pace(rules, {}, {start_ms, midnight});
        for (auto ms = start_ms; ms < start_ms + 700; ++ms) {
            const Moment now{ms, midnight};
            if (pace.hold(500, now).wait.count() > 0) continue;
            const auto count = pace.limit(500, now);
            pace.sent(count * 100, count, true, now);
            sent += count;
        }
    }
    EXPECT_LE(sent, 100'000 * 500U / 1000) << "50,000 bytes a second are 500 records";
    EXPECT_GT(sent, 10'000U) << "nor are they starved";
}

TEST(Pace, WaitsForTheNextHourAndTheNextDay)
{
    Pace pace({.bytes_per_hour = 100'000, .bytes_per_day = 250'000}, {}, begin);
    Moment now{0, midnight + 10 * 60'000};
    time_to_send(pace, 1000, 100, now);
    EXPECT_EQ(now.boot_ms, 0) << "what an hour allows goes at once";
    EXPECT_EQ(pace.hold(500, now).by, "hour");
    EXPECT_EQ(pace.hold(500, now).wait, 50min);
    time_to_send(pace, 1500, 100, now);
    EXPECT_EQ(now.wall_ms, midnight + 2 * hour);
    EXPECT_EQ(pace.hold(500, now).by, "day");
    EXPECT_EQ(pace.hold(500, now).wait, 22h);
}

TEST(Pace, TakesNoMoreThanIsLeftOfAnHourButForOneRecord)
{
    Pace pace({.bytes_per_hour = 10'050}, {}, begin);
    const Moment now{0, midnight};
    pace.sent(1000, 10, true, now);
    EXPECT_EQ(pace.limit(500, now), 90U);
    pace.sent(9000, 90, true, now);
    EXPECT_EQ(pace.limit(500, now), 1U) << "50 bytes are left";
}

TEST(Pace, CountsWhatIsNewButHoldsItNotBack)
{
    Pace pace({.bytes_per_hour = 1000}, {}, begin);
    const Moment now{0, midnight};
    pace.sent(5000, 50, false, now);
    EXPECT_EQ(pace.hold(500, now).by, "hour");
    EXPECT_EQ(pace.spent().hour_bytes, 5000U);
    EXPECT_EQ(pace.spent().day_bytes, 5000U);
}

TEST(Pace, GivesNoHourTwiceWhenTheProcessIsStartedAgainOrTheClockIsSetBack)
{
    const PaceRules rules{.bytes_per_hour = 1000};
    Pace before(rules, {}, begin);
    before.sent(1000, 10, true, {0, midnight});
    Pace after(rules, before.spent(), begin);
    EXPECT_EQ(after.hold(500, {0, midnight + 1}).by, "hour");
    EXPECT_EQ(after.hold(500, {0, midnight - 5 * hour}).by, "hour");
    EXPECT_EQ(after.hold(500, {0, midnight + hour}).by, "");
    after.sent(10, 1, true, {0, midnight - 5 * hour});
    EXPECT_EQ(after.spent().hour_bytes, 1010U);
}

TEST(Pace, DoesNotWaitForYearsBecauseTheClockWasOnceYearsAhead)
{
    const PaceRules rules{.bytes_per_hour = 1000, .bytes_per_day = 10'000};
    Pace before(rules, {}, begin);
    before.sent(10'000, 10, true, {0, midnight + 20'000 * hour});
    Pace after(rules, before.spent(), begin);
    EXPECT_EQ(after.hold(500, {0, midnight}).by, "");
    after.sent(1000, 1, true, {0, midnight});
    EXPECT_EQ(after.spent().hour_bytes, 1000U);
    EXPECT_EQ(after.hold(500, {0, midnight + 1}).by, "hour");
}

TEST(Pace, SaysHowLongItWillTake)
{
    Pace pace({.records_per_s = 100}, {}, begin);
    Moment now{0, midnight};
    EXPECT_FALSE(pace.seconds_for(1000, now)) << "nothing was sent yet";
    time_to_send(pace, 6000, 100, now);
    EXPECT_NEAR(static_cast<double>(pace.seconds_for(10'000, now).value()), 100, 15);
    EXPECT_EQ(pace.seconds_for(0, now), 0);
}

TEST(Pace, SaysHowLongItWillTakeWithAnHoursBytes)
{
    Pace pace({.bytes_per_hour = 100'000}, {}, begin);
    Moment now{0, midnight};
    time_to_send(pace, 500, 100, now);
    EXPECT_LT(pace.seconds_for(500, now).value(), 100) << "half of the hour's bytes are left";
    const auto after_two_hours = pace.seconds_for(2200, now).value();  // 50,000, 100,000 and 70,000 bytes
    EXPECT_GE(after_two_hours, 7200);
    EXPECT_LT(after_two_hours, 7300);
    pace.sent(1'000'000, 10'000, false, {10, midnight});
    EXPECT_FALSE(pace.seconds_for(2200, {10, midnight})) << "what is new takes all of it";
}

}  // namespace
}  // namespace tidegate::bridge
