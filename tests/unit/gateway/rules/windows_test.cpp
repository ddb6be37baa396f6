#include "gateway/rules/windows.hpp"

#include "base/time_text.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <map>
#include <optional>
#include <random>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute;
constexpr std::uint64_t ring = 7;
const std::int64_t ten = parse_time("2026-11-27T10:00:00Z", 0).value();

constexpr Statistics counts = bit(Statistic::count);

store::Value integer(std::int64_t value)
{
    return value;
}

struct WindowsTest : testing::Test {
    WindowsTest()
    {
        store::Series series;
        series.topic = "plant/boiler";
        series.field = "/temperature";
        series.device = "boiler";
        series.name = "Temperature";
        series.unit = "°C";
        series.device_class = "temperature";
        table.add(series);
        series.topic = "plant/meter";
        series.field = "";
        table.add(series);
        open();
    }

    void open()
    {
        windows.reset();
        log.reset();
        log.emplace(StateLogOptions{directory / "run", {ring}, [this] { return committed; }});
        windows.emplace(table, *derived, *log);
    }

    // As it was behind the last batch.
    void kill()
    {
        seal();
        committed = {{ring, tail}};
        open();
    }

    void seal()
    {
        windows->save();
        log->seal({ring, ++tail});
    }

    // A reading of the boiler, `time_ms` after ten o'clock, taken from the ring at `now_ms`.
    void read(std::int64_t time_ms, const store::Value& value, std::int64_t now_ms, std::uint8_t flags = 0)
    {
        windows->add({1, ten + time_ms, value, flags}, specs, {ten + now_ms, settled}, batch);
    }
    void read(std::int64_t time_ms, const store::Value& value = 1.0) { read(time_ms, value, time_ms); }

    void clock(std::int64_t now_ms)
    {
        while (windows->due({ten + now_ms, settled})) windows->close_due({ten + now_ms, settled}, batch);
    }

    // What came out since: "10:00 @1min/count 3".
    std::vector<std::string> results()
    {
        std::vector<std::string> texts;
        for (const auto& reading : batch.readings) {
            const auto series = table.get(reading.series).value();
            const auto time = format_time(reading.time_ms);
            const auto number = store::as_number(reading.value);
            texts.push_back(time.substr(11, 8) + " " + series.field.substr(series.field.find('@')) + " " +
                            fmt::format("{}", number));
        }
        EXPECT_EQ(batch.books.derived, batch.readings.size());
        batch = {};
        return texts;
    }

    tests::QuietLog quiet;
    tests::TempDir directory;
    store::SeriesTable table;
    std::optional<DerivedSeries> derived{std::in_place, table, 100U};
    store::IntakePositions committed;
    std::uint64_t tail = 0;
    std::optional<StateLog> log;
    std::optional<Windows> windows;
    std::vector<WindowSpec> specs{{minute, 0, counts}};
    bool settled = true;
    store::Batch batch;
};

TEST_F(WindowsTest, CloseWithTheFirstReadingFromBeyondTheirEnd)
{
    specs = {{minute, 0, static_cast<Statistics>(counts | bit(Statistic::mean))}};
    read(0, 20.0);
    read(59'999, 22.0);
    EXPECT_THAT(results(), IsEmpty());
    read(minute, 30.0);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 2", "10:00:00 @1min/mean 21"));
    EXPECT_EQ(windows->open(), 1U);
}

TEST_F(WindowsTest, CloseByTheClockWhenNothingComes)
{
    read(30 * second);
    clock(minute);
    EXPECT_THAT(results(), IsEmpty()) << "what arrived before the end may still be on its way into the ring";
    clock(minute + second);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
    clock(hour);
    EXPECT_THAT(results(), IsEmpty()) << "a window without a reading says nothing";
}

TEST_F(WindowsTest, OfSeveralWidthsEachCountEveryReading)
{
    specs = {{minute, 0, counts}, {5 * minute, 0, counts}, {hour, 0, counts}};
    for (int i = 0; i < 70; ++i) read(i * minute);
    clock(70 * minute + second);
    std::map<std::string, int> sums;
    for (const auto& text : results()) {
        const auto space = text.rfind(' ');
        sums[text.substr(9, space - 9)] += std::stoi(text.substr(space));
    }
    EXPECT_EQ(sums,
              (std::map<std::string, int>{{"@1min/count", 70}, {"@5min/count", 70}, {"@1h/count", 60}}));
}

TEST_F(WindowsTest, CountWhatComesLateAsLongAsTheRuleSays)
{
    specs = {{minute, 10 * second, counts}};
    read(59 * second);
    read(65 * second);
    read(58 * second, 1.0, 66 * second);
    EXPECT_THAT(results(), IsEmpty());
    read(70 * second);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 2"));
    read(59 * second, 1.0, 71 * second);
    EXPECT_EQ(windows->counts().late, 1U);
    clock(140 * second);
    EXPECT_THAT(results(), ElementsAre("10:01:00 @1min/count 2")) << "what came too late is in no window";
}

TEST_F(WindowsTest, IncreaseAddsUpOverWindowsAndResets)
{
    specs = {{minute, 0, bit(Statistic::increase)}};
    for (const auto& [time, value] :
         std::vector<std::pair<int, int>>{{0, 1000}, {30, 1004}, {60, 1010}, {90, 3}, {130, 5}, {150, 9}})
        read(time * second, integer(value));
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/increase 4", "10:01:00 @1min/increase 9",
                                       "10:02:00 @1min/increase 6"))
        << "4; 6 and, since the reset, 3; 2 and 4";
}

TEST_F(WindowsTest, MakeSeriesThatSayWhatTheyAreMadeFrom)
{
    specs = {{10 * minute, 0, static_cast<Statistics>(counts | bit(Statistic::max))}};
    read(0, 20.0);
    windows->add({2, ten, integer(4), 0}, specs, {ten, true}, batch);
    clock(hour);
    const auto max = table.get(table.find("plant/boiler", "/temperature@10min/max").value()).value();
    EXPECT_EQ(max.of, 1U);
    EXPECT_EQ(max.unit, "°C");
    EXPECT_EQ(max.device, "boiler");
    EXPECT_EQ(max.device_class, "temperature");
    EXPECT_EQ(max.name, "Temperature, max, 10min");
    const auto count = table.get(table.find("plant/meter", "@10min/count").value()).value();
    EXPECT_EQ(count.of, 2U);
    EXPECT_EQ(count.unit, "");
    EXPECT_EQ(count.device_class, "");
}

TEST_F(WindowsTest, FollowWhatIsLearntOfTheirSource)
{
    specs = {{minute, 0, bit(Statistic::max)}};
    read(0);
    clock(2 * minute);
    auto source = table.get(1).value();
    source.unit = "K";
    table.update(source);
    windows->described(1);
    read(2 * minute);
    clock(4 * minute);
    EXPECT_EQ(table.get(table.find("plant/boiler", "/temperature@1min/max").value())->unit, "K");
}

TEST_F(WindowsTest, TakeNoTextAndNothingThatTheBrokerHadKept)
{
    read(0, std::string("open"));
    read(0, 5.0, 0, store::flag::retained);
    clock(hour);
    EXPECT_THAT(results(), IsEmpty());
    read(hour, true);
    clock(2 * hour);
    EXPECT_THAT(results(), ElementsAre("11:00:00 @1min/count 1"));
}

TEST_F(WindowsTest, AreNotMadeByAClockThatIsNotSet)
{
    settled = false;
    windows->add({1, 5000, 1.0, store::flag::unsynchronised}, specs, {5000, false}, batch);
    read(0, 1.0, 0, store::flag::unsynchronised);
    EXPECT_EQ(windows->open(), 0U);
    EXPECT_EQ(windows->counts().unsynchronised, 2U);

    settled = true;  // nobody will set it, but it may be right
    read(0, 1.0, 0, store::flag::unsynchronised);
    windows->add({1, 5000, 1.0, store::flag::unsynchronised}, specs, {5000, true}, batch);
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
    EXPECT_EQ(windows->counts().unsynchronised, 3U) << "1970 it is never";
}

TEST_F(WindowsTest, WaitWithTheirEndUntilTheClockIsSet)
{
    read(0);
    settled = false;
    EXPECT_FALSE(windows->due({ten + hour, false}));
    EXPECT_FALSE(windows->due({5000, false}));
    settled = true;
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
}

TEST_F(WindowsTest, GoOnWhereTheClockIsSetBackAndTheCountsAddUp)
{
    for (int i = 0; i < 600; ++i) read(i * second);
    for (int i = 300; i < 660; ++i) read(i * second);  // set back by five minutes
    clock(11 * minute + second);
    int sum = 0;
    for (const auto& text : results()) sum += std::stoi(text.substr(text.rfind(' ')));
    EXPECT_EQ(sum, 960);
    EXPECT_EQ(windows->counts().late, 0U);
    EXPECT_EQ(windows->open(), 0U);
}

TEST_F(WindowsTest, OfATimeFarAheadCloseWhenTheClockIsSetBack)
{
    read(0);
    constexpr auto years = 4 * 365 * 24 * hour;
    read(years);
    clock(years);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
    clock(minute);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1")) << "it is of another year";
    read(minute);
    clock(3 * minute);
    EXPECT_THAT(results(), ElementsAre("10:01:00 @1min/count 1"));
}

TEST_F(WindowsTest, OfOneSeriesAreAtMost64AtATime)
{
    specs = {{second, hour, counts}};
    for (int i = 0; i < 1000; ++i) read(i * second);
    EXPECT_EQ(windows->open(), 64U);
    EXPECT_EQ(results().size(), 1000U - 64U);
}

TEST_F(WindowsTest, CloseInBatchesThatTheStoreCanTake)
{
    for (store::SeriesId id = 3; id <= 8000; ++id) {
        store::Series series;
        series.topic = fmt::format("plant/{}", id);
        table.add(series);
    }
    derived.emplace(table, 100'000U);
    for (store::SeriesId id = 1; id <= 8000; ++id) windows->add({id, ten, 1.0, 0}, specs, {ten, true}, batch);
    const Moment later{ten + hour, true};
    ASSERT_TRUE(windows->due(later));
    windows->close_due(later, batch);
    EXPECT_EQ(batch.readings.size(), 5000U);
    batch = {};
    ASSERT_TRUE(windows->due(later));
    // It goes on behind those that it has closed; what opens there meanwhile is not forgotten.
    windows->add({1, later.now_ms, 1.0, 0}, specs, later, batch);
    windows->close_due(later, batch);
    EXPECT_EQ(batch.readings.size(), 3000U);
    EXPECT_FALSE(windows->due(later));
    batch = {};
    const Moment end{later.now_ms + hour, true};
    ASSERT_TRUE(windows->due(end));
    windows->close_due(end, batch);
    EXPECT_EQ(batch.readings.size(), 1U);
    EXPECT_EQ(windows->open(), 0U);
}

TEST_F(WindowsTest, HaveNoResultsBeyondTheLimitOfSeriesAndCountThem)
{
    derived.emplace(table, 3U);
    specs = {{minute, 0, static_cast<Statistics>(counts | bit(Statistic::max))}};
    read(0, 20.0);
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
    EXPECT_EQ(windows->counts().refused, 1U);
}

TEST_F(WindowsTest, AreOpenAfterAKillAsTheyWereBefore)
{
    specs = {{minute, 5 * second, 0xff}};
    read(10 * second, integer(100));
    read(61 * second, integer(130));
    kill();
    EXPECT_EQ(windows->open(), 2U);
    read(50 * second, integer(120), 62 * second);
    read(62 * second, integer(4));
    clock(hour);
    EXPECT_THAT(results(),
                ElementsAre("10:00:00 @1min/count 2", "10:00:00 @1min/min 100", "10:00:00 @1min/max 120",
                            "10:00:00 @1min/mean 110", "10:00:00 @1min/first 100", "10:00:00 @1min/last 120",
                            "10:00:00 @1min/sum 220", "10:00:00 @1min/increase 0",  //
                            "10:01:00 @1min/count 2", "10:01:00 @1min/min 4", "10:01:00 @1min/max 130",
                            "10:01:00 @1min/mean 67", "10:01:00 @1min/first 130", "10:01:00 @1min/last 4",
                            "10:01:00 @1min/sum 134", "10:01:00 @1min/increase 34"));
    kill();
    clock(hour);
    EXPECT_THAT(results(), IsEmpty());
    read(30 * second, integer(1), hour);
    EXPECT_EQ(windows->counts().late, 1U) << "what is closed stays closed";
}

TEST_F(WindowsTest, ThatNoRuleAsksForAnyMoreCloseWithWhatTheyHave)
{
    read(0);
    kill();
    specs.clear();
    read(second);
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:00:00 @1min/count 1"));
}

TEST_F(WindowsTest, GoOnWithWhatTheStoreHadWhenTheirStateIsLost)
{
    specs = {{minute, 0, static_cast<Statistics>(counts | bit(Statistic::increase))}};
    windows->resume(1, specs[0], ten + minute, store::Point{ten + 59 * second, integer(40), 0});
    read(30 * second, integer(35), 70 * second);
    read(61 * second, integer(42), 70 * second);
    clock(hour);
    EXPECT_THAT(results(), ElementsAre("10:01:00 @1min/count 1", "10:01:00 @1min/increase 2"));
}

// Batches of readings, killed at any time with any part of the batches committed; what was not comes again.
TEST_F(WindowsTest, HaveEachReadingOnceHoweverOftenTheGatewayIsKilled)
{
    constexpr int readings = 20'000;
    specs = {{second, 300, counts}, {minute, 300, counts}};
    std::mt19937 random(5);  // NOLINT: the same each time
    const auto below = [&](std::size_t end) { return static_cast<std::int64_t>(random() % end); };
    std::vector<store::Reading> messages;
    std::map<std::string, std::map<std::int64_t, std::int64_t>> expected, got;
    for (int i = 0; i < readings; ++i) {
        const auto id = static_cast<store::SeriesId>(1 + below(2));
        messages.push_back({id, ten + i * 20 - below(200), integer(i), 0});
        for (const auto& spec : specs) {
            const auto name = fmt::format("{} {}", id, spec.width_ms);
            ++expected[name][window_start(messages.back().time_ms, spec.width_ms)];
        }
    }
    struct Appended {
        store::IntakePositions positions;
        std::vector<store::Reading> results;
    };
    std::vector<Appended> pending;
    const auto commit = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            committed = pending[i].positions;
            for (const auto& result : pending[i].results) {
                const auto series = table.get(result.series).value();
                const bool short_one = series.field.find("@1s/") != std::string::npos;
                auto& window = got[fmt::format("{} {}", series.of, short_one ? second : minute)];
                EXPECT_TRUE(window.emplace(result.time_ms, std::get<std::int64_t>(result.value)).second)
                    << series.field << " has a result twice";
            }
        }
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(count));
    };
    const auto append = [&](const store::IntakePosition& position) {
        auto positions = pending.empty() ? committed : pending.back().positions;
        note(positions, position);
        windows->save();
        log->seal(position);
        pending.push_back({positions, batch.readings});
        batch = {};
    };
    std::size_t at = 0;
    int kills = 0;
    while (at < messages.size()) {
        const auto now = ten + static_cast<std::int64_t>(at) * 20;
        for (auto count = below(50); count > 0 && at < messages.size(); --count, ++at)
            windows->add(messages[at], specs, {now, true}, batch);
        append({ring, at});
        if (windows->due({now, true})) {
            windows->close_due({now, true}, batch);
            append(log->next_position());
        }
        if (below(3) == 0) commit(static_cast<std::size_t>(below(pending.size() + 1)));
        if (below(10) > 0) continue;
        pending.clear();
        open();
        ++kills;
        at = 0;
        for (const auto& position : committed)
            if (position.ring == ring) at = position.tail;
    }
    clock(readings * 20 + hour);
    append(log->next_position());
    commit(pending.size());
    EXPECT_GT(kills, 50);
    EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace tidegate::gateway
