#include "gateway/rules/alarm_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tidegate::gateway {
namespace {

using Kind = AlarmRule::Kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute;

AlarmRule rule(Kind kind, double limit, double clear)
{
    AlarmRule made;
    made.name = "test";
    made.kind = kind;
    made.limit = limit;
    made.clear = clear;
    return made;
}

AlarmRule above(double limit, double clear, std::int64_t hold_ms = 0, std::int64_t hold_off_ms = 0)
{
    auto made = rule(Kind::above, limit, clear);
    made.hold_ms = hold_ms;
    made.hold_off_ms = hold_off_ms;
    return made;
}

AlarmRule stale(std::int64_t after_ms)
{
    auto made = rule(Kind::stale, 0, 0);
    made.stale_ms = after_ms;
    return made;
}

// Time goes by as it is told to; readings come when they were made, unless it is said otherwise.
struct Course {
    explicit Course(AlarmRule made) : rule(std::move(made)), watch(rule, now) {}

    Course& after(std::int64_t ms)
    {
        now.boot_ms += ms;
        now.wall_ms += ms;
        watch.advance(now.boot_ms, now, changes);
        return *this;
    }
    Course& see(store::Value value) { return see_old(std::move(value), 0); }
    Course& see_old(store::Value value, std::int64_t age_ms)
    {
        watch.see({now.wall_ms - age_ms, now.boot_ms - age_ms, now.boot_ms, value}, now, changes);
        return *this;
    }
    // "r600 c1200": raised, cleared, by seconds since the beginning.
    std::vector<std::string> story() const
    {
        std::vector<std::string> out;
        for (const auto& change : changes)
            out.push_back((change.what == AlarmChange::What::raised ? "r" : "c") +
                          std::to_string((change.time_ms - start) / second));
        return out;
    }

    static constexpr std::int64_t start = 1'764'000'000'000;
    AlarmRule rule;
    Instant now{start, 10 * hour};
    AlarmWatch watch;
    std::vector<AlarmChange> changes;
};

using Story = std::vector<std::string>;

TEST(AlarmWatch, IsRaisedAboveItsLimitAndClearedAtIt)
{
    Course course(above(30, 30));
    course.see(29.0).after(second).see(30.0).after(second).see(30.5).after(second).see(31.0).after(second);
    course.see(30.0);

    EXPECT_EQ(course.story(), (Story{"r2", "c4"}));
    EXPECT_EQ(course.changes[0].since_ms, Course::start + 2 * second);
    EXPECT_EQ(course.changes[0].value, store::Value(30.5));
    EXPECT_EQ(course.changes[1].since_ms, Course::start + 2 * second) << "of which alarm";
}

TEST(AlarmWatch, StaysOnWhileTheValueIsBetweenClearAndLimit)
{
    Course course(above(30, 28));
    course.see(31.0).after(second).see(29.0).after(second).see(30.9).after(second).see(28.0);
    course.after(second).see(29.9);

    EXPECT_EQ(course.story(), (Story{"r0", "c3"}));
}

TEST(AlarmWatch, BelowIsTheOtherWayRound)
{
    Course course(rule(Kind::below, 5, 7));
    course.see(5.0).after(second).see(4.9).after(second).see(6.0).after(second).see(7.0);

    EXPECT_EQ(course.story(), (Story{"r1", "c3"}));
}

TEST(AlarmWatch, WaitsUntilTheConditionHasHeldAndNeedsNoReadingForThat)
{
    Course course(above(30, 30, 5 * minute));
    course.see(31.0).after(4 * minute).see(29.0).after(second).see(31.0).after(4 * minute);
    EXPECT_THAT(course.changes, IsEmpty());
    course.after(2 * minute);

    EXPECT_EQ(course.story(), Story{"r541"}) << "five minutes after the second 31, to the moment";
    EXPECT_EQ(course.changes[0].since_ms, Course::start + 241 * second);
}

TEST(AlarmWatch, IsRaisedAtTheEndOfTheHoldAlsoWhenReadingsComeInOneHeap)
{
    Course course(above(30, 30, 5 * minute));
    course.now.boot_ms += hour;
    course.now.wall_ms += hour;
    course.see_old(31.0, hour).see_old(31.0, 50 * minute).see_old(20.0, 40 * minute);

    EXPECT_EQ(course.story(), (Story{"r300", "c1200"}));
}

TEST(AlarmWatch, IsClearedOnlyWhenTheConditionHasBeenGoneLongEnough)
{
    Course course(above(30, 28, 0, minute));
    course.see(31.0).after(10 * second).see(27.0).after(50 * second).see(29.0).after(2 * minute);
    EXPECT_EQ(course.story(), Story{"r0"}) << "29 is not yet gone";
    course.see(27.0).after(2 * minute);

    EXPECT_EQ(course.story(), (Story{"r0", "c240"}));
}

TEST(AlarmWatch, SaysNothingOfNanAndText)
{
    Course course(above(30, 30));
    course.see(std::nan("")).see(std::string("hot")).see(31.0);
    course.after(second).see(std::nan("")).see(std::string("cold"));

    EXPECT_EQ(course.story(), Story{"r0"});
}

TEST(AlarmWatch, ComparesWholeNumbersAndBooleansAsNumbers)
{
    Course course(above(0.5, 0.5));
    course.see(true).after(second).see(false).after(second).see(std::int64_t{1});

    EXPECT_EQ(course.story(), (Story{"r0", "c1", "r2"}));
}

TEST(AlarmWatch, EqualsComparesStatesAndNumbersOfAnyKind)
{
    auto door = rule(Kind::equals, 0, 0);
    door.equals = std::string("open");
    Course words(door);
    words.see(std::string("open")).after(second).see(std::string("closed")).after(second).see(true);
    EXPECT_EQ(words.story(), (Story{"r0", "c1"}));

    door.equals = std::int64_t{3};
    Course numbers(door);
    numbers.see(3.0).after(second).see(3.5).after(second).see(std::int64_t{3}).after(second).see(true);
    EXPECT_EQ(numbers.story(), (Story{"r0", "c1", "r2", "c3"}));

    door.equals = true;
    Course leak(door);
    leak.see(std::int64_t{1}).after(second).see(true).after(second).see(false);
    EXPECT_EQ(leak.story(), (Story{"r1", "c2"})) << "true is no number";
}

TEST(AlarmWatch, IsRaisedByWhatRisesTooFast)
{
    auto fast = rule(Kind::rate, 2.0 / minute, 1.0 / minute);
    fast.direction = 1;
    fast.span_ms = 10 * minute;
    Course course(fast);
    double value = 20;
    for (int i = 0; i <= 20; ++i) course.see(value += 1).after(minute);  // 1 a minute
    EXPECT_THAT(course.changes, IsEmpty());
    for (int i = 0; i < 20; ++i) course.see(value += 3).after(minute);  // 3 a minute
    ASSERT_THAT(course.changes, SizeIs(1));
    const auto raised = (course.changes[0].time_ms - Course::start) / minute;
    EXPECT_GE(raised, 25) << "over ten minutes, 2 a minute is passed after half of them";
    EXPECT_LE(raised, 27);
    for (int i = 0; i < 20; ++i) course.see(value -= 9).after(minute);  // it falls: no matter how fast
    EXPECT_THAT(course.changes, SizeIs(2));
    EXPECT_EQ(course.changes[1].what, AlarmChange::What::cleared);
}

TEST(AlarmWatch, TakesNoRateFromTwoReadingsThatAreTooCloseOrTooFarApart)
{
    auto fast = rule(Kind::rate, 2.0 / minute, 2.0 / minute);
    fast.span_ms = 10 * minute;
    Course course(fast);
    course.see(20.0).after(second).see(50.0).after(4 * minute).see(50.0);
    EXPECT_THAT(course.changes, IsEmpty()) << "not half of the span";
    course.after(hour).see(900.0);
    EXPECT_THAT(course.changes, IsEmpty()) << "nobody knows how it went there";
}

TEST(AlarmWatch, OfASilentDeviceIsRaisedAfterTheTimeAndClearedWhenItSpeaks)
{
    Course course(stale(10 * minute));
    course.see(1.0).after(9 * minute).see(1.0).after(9 * minute).see(std::nan(""));
    EXPECT_THAT(course.changes, IsEmpty());
    course.after(12 * minute).after(hour).see(1.0);

    EXPECT_EQ(course.story(), (Story{"r1680", "c5400"}));
    EXPECT_EQ(course.changes[0].since_ms, Course::start + 18 * minute) << "when it was last heard";
    EXPECT_EQ(course.changes[0].value, store::Value(std::int64_t{720})) << "seconds of silence";
}

TEST(AlarmWatch, OfADeviceThatNeverSpeaksIsRaisedAfterTheTimeSinceStart)
{
    Course course(stale(10 * minute));
    course.after(10 * minute);

    EXPECT_EQ(course.story(), Story{"r600"});
}

TEST(AlarmWatch, LearnsHowLongADeviceIsSilentAsARule)
{
    Course course(stale(0));
    course.after(hour);
    EXPECT_THAT(course.changes, IsEmpty()) << "nothing is known of it";
    for (int i = 0; i < 10; ++i)  // three topics at once, each minute
        course.see(1.0).after(100).see(2.0).after(100).see(3.0).after(minute - 200);
    EXPECT_THAT(course.changes, IsEmpty());
    course.after(2 * minute);
    EXPECT_THAT(course.changes, IsEmpty()) << "two were missed";
    course.after(2 * minute);
    EXPECT_THAT(course.changes, SizeIs(1)) << "more than four of the usual silences";
}

TEST(AlarmWatch, LearnsLittleFromAnOutage)
{
    Course course(stale(0));
    for (int i = 0; i < 20; ++i) course.see(1.0).after(minute);
    course.after(24 * hour);
    for (int i = 0; i < 20; ++i) course.see(1.0).after(minute);
    ASSERT_THAT(course.changes, SizeIs(2));
    course.after(10 * minute);

    EXPECT_THAT(course.changes, SizeIs(3)) << "it is missed after minutes, not after days";
}

TEST(AlarmWatch, DoesNotJudgeWhatIsOlderThanWhatItKnows)
{
    Course course(above(30, 30));
    course.see(20.0).after(second).see_old(50.0, minute);
    EXPECT_THAT(course.changes, IsEmpty());
    course.see(31.0).after(second).see_old(20.0, minute);

    EXPECT_EQ(course.story(), Story{"r1"});
}

TEST(AlarmWatch, MeasuresByTheBootClockWhenTheWallClockJumps)
{
    Course course(above(30, 30, 5 * minute));
    const auto began_ms = course.now.wall_ms;
    course.see(31.0).after(minute);
    course.now.wall_ms += 20LL * 365 * 24 * hour;
    course.after(minute).see(31.0);
    EXPECT_THAT(course.changes, IsEmpty());
    course.now.wall_ms -= 40LL * 365 * 24 * hour;
    course.see(31.0).after(3 * minute);

    ASSERT_THAT(course.changes, SizeIs(1));
    EXPECT_EQ(course.changes[0].time_ms, course.now.wall_ms) << "by the clock as it is now";
    EXPECT_EQ(course.changes[0].since_ms, began_ms) << "as the reading says it that began it";
}

TEST(AlarmWatch, SaysThatTheClockWasNotSet)
{
    Course course(above(30, 30));
    const store::Value value = 31.0;
    course.watch.see({5000, course.now.boot_ms, course.now.boot_ms, value, true}, {5000, course.now.boot_ms},
                     course.changes);

    ASSERT_THAT(course.changes, SizeIs(1));
    EXPECT_TRUE(course.changes[0].unsynchronised);
    EXPECT_EQ(course.changes[0].since_ms, 5000);
}

TEST(AlarmWatch, ThatFlapsStaysOnUntilItHasBeenQuiet)
{
    Course course(above(30, 30));
    for (int i = 0; i < 3600; ++i) course.see(i % 2 == 0 ? 31.0 : 29.0).after(second);

    ASSERT_THAT(course.changes, SizeIs(9)) << "four times on and off, then on";
    EXPECT_FALSE(course.changes[6].flapping);
    EXPECT_TRUE(course.changes[8].flapping);
    course.see(29.0).after(9 * minute);
    EXPECT_THAT(course.changes, SizeIs(9));
    course.after(2 * minute);
    EXPECT_THAT(course.changes, SizeIs(10));
    course.see(31.0);
    EXPECT_FALSE(course.changes.back().flapping) << "it begins anew";
}

TEST(AlarmWatch, NeverChangesMoreThanTenTimesInTenMinutesWhateverComes)
{
    Course course(above(30, 30));
    std::uint64_t random = 88172645463325252;
    for (int i = 0; i < 100'000; ++i) {
        random ^= random << 13U;
        random ^= random >> 7U;
        random ^= random << 17U;
        const bool quiet = random % 200 == 0;
        course.see(random % 3 == 0 && !quiet ? 31.0 : 29.0);
        course.after(static_cast<std::int64_t>((random >> 32U) % (quiet ? 900'000 : 4000)));
    }
    ASSERT_GT(course.changes.size(), 20);
    for (std::size_t i = 10; i < course.changes.size(); ++i)
        ASSERT_GT(course.changes[i].time_ms - course.changes[i - 10].time_ms, 10 * minute) << i;
    for (std::size_t i = 1; i < course.changes.size(); ++i)
        ASSERT_NE(course.changes[i].what, course.changes[i - 1].what) << "one after the other";
}

TEST(AlarmWatch, GoesOnFromItsStateAsIfNothingHadBeen)
{
    Course before(above(30, 28, 5 * minute, minute));
    EXPECT_EQ(before.watch.take_state(), std::nullopt) << "nothing to keep";
    before.see(31.0).after(3 * minute);
    const auto state = before.watch.take_state();
    ASSERT_TRUE(state);
    EXPECT_EQ(before.watch.take_state(), std::nullopt) << "unchanged";

    Course course(above(30, 28, 5 * minute, minute));
    course.now.wall_ms += 3 * minute;
    ASSERT_TRUE(course.watch.restore(*state, course.now));
    course.after(hour);
    EXPECT_THAT(course.changes, IsEmpty()) << "nobody knows what was meanwhile";
    course.see(31.0);
    ASSERT_THAT(course.changes, SizeIs(1));
    EXPECT_EQ(course.changes[0].since_ms, Course::start) << "it has lasted since then";

    Course later(above(30, 28, 5 * minute, minute));
    later.now.wall_ms += 2 * hour;
    later.now.boot_ms += 2 * hour;
    ASSERT_TRUE(later.watch.restore(*course.watch.take_state(), later.now));
    EXPECT_TRUE(later.watch.on());
    later.see(31.0).after(hour);
    EXPECT_THAT(later.changes, IsEmpty()) << "it is not raised again";
    later.see(20.0).after(minute);
    ASSERT_THAT(later.changes, SizeIs(1));
    EXPECT_EQ(later.changes[0].since_ms, Course::start);
    EXPECT_EQ(later.watch.take_state().value().empty(), false) << "that it was raised counts for flapping";
}

TEST(AlarmWatch, TakesNoStateThatItDoesNotUnderstand)
{
    Course before(above(30, 28));
    before.see(31.0);
    const auto state = before.watch.take_state().value();
    Course course(above(30, 28));
    for (std::size_t length = 1; length < state.size(); ++length)
        EXPECT_FALSE(course.watch.restore(state.substr(0, length), course.now)) << length;
    EXPECT_FALSE(course.watch.restore(state + "x", course.now));
    EXPECT_FALSE(course.watch.on());
    EXPECT_TRUE(course.watch.restore(state, course.now));
    EXPECT_TRUE(course.watch.on());
}

TEST(AlarmWatch, SaysWhenItIsToBeLookedAtAgain)
{
    Course course(above(30, 30, 5 * minute, minute));
    EXPECT_EQ(course.watch.due(), 0);
    course.see(31.0);
    EXPECT_EQ(course.watch.due(), course.now.boot_ms + 5 * minute);
    course.after(5 * minute);
    EXPECT_EQ(course.watch.due(), 0);
    course.see(29.0);
    EXPECT_EQ(course.watch.due(), course.now.boot_ms + minute);

    Course silent(stale(10 * minute));
    EXPECT_EQ(silent.watch.due(), silent.now.boot_ms + 10 * minute);
}

TEST(RateWindow, HoldsAFewReadingsHoweverManyCome)
{
    RateWindow window(600'000);
    std::optional<double> rate;
    for (std::int64_t i = 0; i < 1'000'000; ++i) rate = window.push(i * 10, static_cast<double>(i) / 100);
    EXPECT_NEAR(*rate, 1.0 / 1000, 1e-9) << "one a second";
    EXPECT_LE(window.points(), static_cast<std::size_t>(RateWindow::most));
}

}  // namespace
}  // namespace tidegate::gateway
