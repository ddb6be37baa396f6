#include "gateway/rules/alarm_stage.hpp"

#include "gateway/decode/value_text.hpp"
#include "gateway/rules/alarm_text.hpp"
#include "support/fake_clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t second = 1000, minute = 60 * second;

AlarmSetting above(const std::string& name, double limit)
{
    AlarmSetting setting;
    setting.name = name;
    setting.above = limit;
    return setting;
}

AlarmSetting silent(const std::string& name, const std::string& after)
{
    AlarmSetting setting;
    setting.name = name;
    setting.stale = after;
    return setting;
}

// The pipeline, the store and the ring, as far as alarms see them: kill() loses what was not committed and
// gives it again.
struct AlarmStageTest : testing::Test {
    AlarmStageTest()
    {
        clock.pass(100 * minute);
        clock.set(tests::FakeClock::november_2026);
    }

    void open()
    {
        state.emplace(StateLogOptions{dir / "run", {1}, [this] { return committed; }});
        book.emplace(dir.path());
        derived_series.allow(most_series);
        stage.emplace(settings, AlarmStage::Around{table, live, *book, &*state}, derived_series,
                      clock.source());
    }
    void start()
    {
        open();
        stage->caught_up();
        take({});
    }
    void close()
    {
        stage.reset();
        state.reset();
        book.reset();
    }

    store::SeriesId series(const std::string& topic, const std::string& device = "")
    {
        if (const auto known = table.find(topic, "/t")) return *known;
        store::Series made;
        made.topic = topic;
        made.field = "/t";
        made.device = device;
        made.name = "Temperature";
        made.unit = "°C";
        return table.add(made);
    }

    struct Message {
        store::Reading reading;
        std::int64_t arrived_ms;
    };
    Message message(const std::string& topic, store::Value value, std::uint8_t flags = 0)
    {
        return {{series(topic), clock.wall_ms(), std::move(value), flags}, clock.wall_ms()};
    }

    // One batch: seen, sealed, and committed unless it is said otherwise.
    void take(const std::vector<Message>& messages, bool commits = true)
    {
        store::Batch batch;
        stage->begin();
        for (const auto& one : messages) {
            batch.readings.push_back(one.reading);
            ++batch.books.received;
            stage->see(one.reading, one.arrived_ms);
        }
        stage->finish(batch);
        ++place;
        state->seal({1, place});
        if (!commits) return;
        committed = {{1, place}};
        live.update(batch.readings, clock.wall_ms());
        derived += batch.books.derived;
        for (const auto& reading : batch.readings)
            if (const auto known = table.get(reading.series); known->of != 0)
                history.push_back(known->topic + "#" + known->field + "=" + text_of(reading.value));
    }
    void hear(const std::string& topic, store::Value value, std::uint8_t flags = 0)
    {
        take({message(topic, std::move(value), flags)});
    }
    void after(std::int64_t ms)
    {
        clock.pass(ms);
        take({});
    }
    // The ring gives again what was behind the last that was committed.
    void restart(const std::vector<Message>& again = {})
    {
        place = committed.empty() ? 0 : committed.front().tail;
        close();
        open();
        take(again);
        stage->caught_up();
        take({});
    }
    void reboot()
    {
        close();
        std::filesystem::remove_all(dir / "run");
        std::filesystem::create_directory(dir / "run");
        committed.clear();
        open();
        stage->caught_up();
        take({});
    }

    std::vector<std::string> on() const
    {
        std::vector<std::string> out;
        for (const auto& one : book->on()) out.push_back(one.rule + " " + table.get(one.series)->topic);
        return out;
    }
    std::size_t ever() { return book->on().size() + book->cleared(0, 1000).value().size(); }

    tests::TempDir dir;
    tests::FakeClock clock;
    store::SeriesTable table;
    DerivedSeries derived_series{table, 1000};
    store::LiveTable live;
    std::vector<AlarmSetting> settings;
    std::size_t most_series = 1000;
    store::IntakePositions committed;
    std::uint64_t place = 0, derived = 0;
    std::vector<std::string> history;
    std::optional<StateLog> state;
    std::optional<store::AlarmBook> book;
    std::optional<AlarmStage> stage;
    bool made_ = std::filesystem::create_directory(dir / "run");
};

TEST_F(AlarmStageTest, WritesWhatIsRaisedAndClearedIntoTheBookAndAsReadingsOfASeriesOfItsOwn)
{
    settings = {above("warm", 30)};
    settings[0].severity = "critical";
    settings[0].text = "{device}: {name} is {value} {unit}, above {limit}";
    start();
    series("a", "kitchen");
    hear("a", 31.5);
    const auto raised_at = clock.wall_ms();

    ASSERT_THAT(book->on(), SizeIs(1));
    const auto alarm = book->on().front();
    EXPECT_EQ(alarm.rule, "warm");
    EXPECT_EQ(alarm.severity, store::Severity::critical);
    EXPECT_EQ(alarm.text, "kitchen: Temperature is 31.5 °C, above 30");
    EXPECT_EQ(alarm.raised_ms, raised_at);
    after(second);
    hear("a", 29.0);
    EXPECT_THAT(book->on(), IsEmpty());
    EXPECT_EQ(book->cleared(0, 9).value().front().cleared_ms, raised_at + second);

    EXPECT_THAT(history, ElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/warm=false"));
    EXPECT_EQ(derived, 2);
    const auto made = table.get(*table.find("a", "/t@alarm/warm"));
    EXPECT_EQ(made->of, *table.find("a", "/t"));
    EXPECT_EQ(made->device, "kitchen");
    EXPECT_EQ(made->name, "Temperature, warm");
    EXPECT_EQ(made->unit, "");
}

TEST_F(AlarmStageTest, TakesTheFirstOfSeveralRulesWithTheSameName)
{
    settings = {above("warm", 5), above("warm", 30), above("hot", 60)};
    settings[0].topic = "fridge/#";
    start();
    hear("fridge/1", 6.0);
    hear("room/1", 29.0);
    EXPECT_THAT(on(), ElementsAre("warm fridge/1"));
    hear("room/1", 61.0);
    EXPECT_THAT(on(), testing::UnorderedElementsAre("warm fridge/1", "warm room/1", "hot room/1"));
}

TEST_F(AlarmStageTest, IsNotRaisedByWhatTheBrokerHadKept)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 50.0, store::flag::retained);
    EXPECT_THAT(on(), IsEmpty());
    hear("a", 31.0);
    hear("a", 20.0, store::flag::retained);
    EXPECT_THAT(on(), ElementsAre("warm a")) << "nor cleared";
}

TEST_F(AlarmStageTest, TellsOfASilentDeviceOnce)
{
    settings = {silent("gone", "10min")};
    settings[0].text = "{device}: nothing heard for {value}";
    start();
    series("b/t", "shed");
    series("b/h", "shed");
    series("c/t", "barn");
    for (const auto* topic : {"b/t", "b/h", "c/t"}) hear(topic, 1.0);
    after(5 * minute);
    hear("b/h", 1.0);
    after(5 * minute);
    EXPECT_THAT(on(), ElementsAre("gone c/t")) << "one topic of the shed has spoken";
    after(5 * minute);
    ASSERT_THAT(on(), ElementsAre("gone b/t", "gone c/t"));
    EXPECT_EQ(book->on().front().text, "shed: nothing heard for 10 min");
    hear("b/h", 1.0);
    EXPECT_THAT(on(), ElementsAre("gone c/t"));
    EXPECT_THAT(history,
                ElementsAre("c/t#/t@alarm/gone=true", "b/t#/t@alarm/gone=true", "b/t#/t@alarm/gone=false"));
}

TEST_F(AlarmStageTest, TellsOfASilentDeviceOnceThoughDiscoveryRenamesIt)
{
    settings = {silent("gone", "10min")};
    start();
    series("b/t", "shed");
    series("b/h", "shed");
    for (const auto* topic : {"b/t", "b/h"}) hear(topic, 1.0);
    for (const auto* topic : {"b/h", "b/t"}) {
        auto known = *table.get(series(topic));
        known.device = "Garden shed";
        table.update(known);
        stage->described(known.id);
    }
    series("b/new", "Garden shed");
    hear("b/new", 1.0);
    after(11 * minute);
    EXPECT_THAT(on(), ElementsAre("gone b/t"));
}

TEST_F(AlarmStageTest, WatchesDevicesThatAreKnownFromEarlierAlsoWhenTheyNeverSpeakAgain)
{
    series("b/t", "shed");
    settings = {silent("gone", "10min")};
    start();
    after(11 * minute);
    EXPECT_THAT(on(), ElementsAre("gone b/t"));
}

TEST_F(AlarmStageTest, IsNotRaisedAgainByARestart)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 31.0);
    restart();
    hear("a", 32.0);
    EXPECT_THAT(on(), ElementsAre("warm a"));
    hear("a", 29.0);

    EXPECT_THAT(on(), IsEmpty());
    EXPECT_EQ(ever(), 1);
    EXPECT_THAT(history, ElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/warm=false"));
}

TEST_F(AlarmStageTest, ThatWasRaisedByWhatComesAgainFromTheRingIsEnteredOnceAndInHistoryOnce)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 20.0);
    std::vector<Message> lost{message("a", 25.0)};
    clock.pass(second);
    lost.push_back(message("a", 31.0));
    clock.pass(second);
    lost.push_back(message("a", 28.0));
    clock.pass(second);
    lost.push_back(message("a", 33.0));
    take(lost, false);
    ASSERT_EQ(ever(), 2);
    const auto id = book->on().front().id;
    EXPECT_THAT(history, IsEmpty()) << "the store has not got it";

    restart(lost);

    EXPECT_EQ(ever(), 2);
    ASSERT_THAT(on(), ElementsAre("warm a"));
    EXPECT_EQ(book->on().front().id, id);
    EXPECT_THAT(history,
                ElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/warm=false", "a#/t@alarm/warm=true"));
}

TEST_F(AlarmStageTest, KeepsItsHoldOverARestart)
{
    settings = {above("warm", 30)};
    settings[0].hold = std::chrono::minutes(10);
    start();
    hear("a", 31.0);
    const auto since = clock.wall_ms();
    after(6 * minute);
    restart();
    after(6 * minute);
    EXPECT_THAT(on(), IsEmpty()) << "what it was meanwhile is not known";
    hear("a", 31.0);
    ASSERT_THAT(on(), ElementsAre("warm a"));
    EXPECT_EQ(book->on().front().since_ms, since);
}

TEST_F(AlarmStageTest, ThatATimerRaisedJustBeforeAKillIsThereAndInHistoryAfterIt)
{
    settings = {above("warm", 30), silent("gone", "20min")};
    settings[0].hold = std::chrono::minutes(10);
    start();
    hear("a", 31.0);
    clock.pass(21 * minute);
    take({}, false);
    ASSERT_THAT(on(), ElementsAre("gone a", "warm a"));
    EXPECT_THAT(history, IsEmpty());

    restart();

    EXPECT_THAT(on(), ElementsAre("gone a", "warm a"));
    EXPECT_EQ(ever(), 2);
    EXPECT_THAT(history, testing::UnorderedElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/gone=true"));
    hear("a", 20.0);
    EXPECT_THAT(on(), IsEmpty());
    EXPECT_EQ(ever(), 2);
}

TEST_F(AlarmStageTest, IsKnownAfterARebootAndClearsWhenItsSeriesSpeaks)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 31.0);
    reboot();
    EXPECT_THAT(on(), ElementsAre("warm a"));
    hear("a", 35.0);
    EXPECT_THAT(on(), ElementsAre("warm a"));
    hear("a", 20.0);

    EXPECT_THAT(on(), IsEmpty());
    EXPECT_EQ(ever(), 1);
    EXPECT_THAT(history, ElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/warm=false"));
}

TEST_F(AlarmStageTest, EndsWhenNoRuleAsksForItAnyMore)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 31.0);
    settings.clear();
    restart();

    EXPECT_THAT(on(), IsEmpty());
    EXPECT_EQ(book->cleared(0, 9).value().front().cleared_by, "configuration");
    EXPECT_EQ(history.back(), "a#/t@alarm/warm=false");
}

TEST_F(AlarmStageTest, IsEnteredAgainWhereTheBookWasLost)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 31.0);
    const auto since = book->on().front().since_ms;
    close();
    std::filesystem::remove(dir / "alarms.db");
    restart();

    ASSERT_THAT(on(), ElementsAre("warm a"));
    EXPECT_EQ(book->on().front().since_ms, since);
}

TEST_F(AlarmStageTest, IsOnThoughThereMayBeNoMoreSeries)
{
    settings = {above("warm", 30)};
    start();
    series("a");
    most_series = table.last();
    restart();
    hear("a", 31.0);

    EXPECT_THAT(on(), ElementsAre("warm a"));
    EXPECT_THAT(history, IsEmpty());
    EXPECT_EQ(derived, 0);
}

TEST_F(AlarmStageTest, SurvivesThatTheClockIsSet)
{
    settings = {above("warm", 30), silent("gone", "10min")};
    settings[0].hold = std::chrono::minutes(5);
    start();
    clock.synchronise(false);
    clock.step(-50LL * 365 * 24 * 60 * minute);
    hear("a", 31.0, store::flag::unsynchronised);
    const auto stale_one = message("a", 31.0, store::flag::unsynchronised);
    after(2 * minute);
    clock.set(tests::FakeClock::november_2026);
    take({stale_one});  // stamped before, seen behind
    EXPECT_THAT(on(), IsEmpty()) << "a jump of fifty years is no hold, and no silence";
    hear("a", 31.0);
    after(4 * minute);

    ASSERT_THAT(on(), ElementsAre("warm a"));
    EXPECT_GT(book->on().front().since_ms, tests::FakeClock::november_2026 - 10 * minute) << "not 1976";
}

TEST_F(AlarmStageTest, NoticesNothingOfARuleThatIsTheSameWhenOthersChange)
{
    settings = {above("warm", 30), silent("gone", "10min"), above("hot", 60)};
    settings[0].hold = std::chrono::minutes(5);
    start();
    hear("a", 31.0);
    hear("b", 1.0);
    after(4 * minute);
    settings = {above("hot", 50), settings[1], settings[0]};
    stage->use(settings);
    after(minute);
    EXPECT_THAT(on(), ElementsAre("warm a")) << "its hold went on";
    after(5 * minute);
    EXPECT_THAT(on(), testing::UnorderedElementsAre("warm a", "gone a", "gone b"));
    hear("a", 29.0);
    EXPECT_THAT(on(), ElementsAre("gone b"));
    EXPECT_EQ(ever(), 3);
}

TEST_F(AlarmStageTest, JudgesARuleWhoseLimitHasChangedByTheNextReading)
{
    settings = {above("warm", 30), above("hot", 60)};
    start();
    hear("a", 40.0);
    const auto id = book->on().front().id;
    stage->use({above("warm", 45), above("hot", 35)});
    take({});
    EXPECT_THAT(on(), ElementsAre("warm a"));
    hear("a", 40.0);
    EXPECT_THAT(on(), ElementsAre("hot a"));
    EXPECT_EQ(book->cleared(0, 9).value().front().id, id);
    EXPECT_EQ(book->cleared(0, 9).value().front().cleared_by, "value");
}

TEST_F(AlarmStageTest, EndsAnAlarmThatNoRuleAsksForAnyMoreAndBeginsItAnewWhenOneDoes)
{
    settings = {above("warm", 30)};
    start();
    hear("a", 31.0);
    stage->use({});
    take({});
    EXPECT_THAT(on(), IsEmpty());
    EXPECT_EQ(book->cleared(0, 9).value().front().cleared_by, "configuration");
    EXPECT_THAT(history, ElementsAre("a#/t@alarm/warm=true", "a#/t@alarm/warm=false"));
    after(second);
    hear("a", 32.0);
    stage->use(settings);
    take({});
    restart();
    EXPECT_THAT(on(), IsEmpty()) << "no reading has said so since";
    hear("a", 33.0);
    EXPECT_THAT(on(), ElementsAre("warm a"));
}

TEST_F(AlarmStageTest, CostsAReadingWithoutAlarmsNextToNothingHoweverManyRulesThereAre)
{
    for (int i = 0; i < 1000; ++i) {
        settings.push_back(above("a" + std::to_string(i), 30));
        settings.back().topic = "plant/" + std::to_string(i) + "/#";
    }
    start();
    std::vector<Message> messages;
    for (int i = 0; i < 2000; ++i) messages.push_back(message("plant/" + std::to_string(i), 31.0));
    take(messages);
    EXPECT_EQ(book->on().size(), 1000);
}

}  // namespace
}  // namespace tidegate::gateway
