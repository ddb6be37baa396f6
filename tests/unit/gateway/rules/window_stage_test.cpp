#include "gateway/rules/window_stage.hpp"

#include "store/archive.hpp"
#include "support/fake_clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>

namespace tidegate::gateway {
namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute;
constexpr std::uint64_t ring = 7;

// Field and start of the window to its value.
using Results = std::map<std::pair<std::string, std::int64_t>, double>;

struct WindowStageTest : testing::Test {
    WindowStageTest()
    {
        clock.set(start);
        open();
        store->series().add({0, "meter", "/energy", "meter", "", "kWh"});
        store->series().add({0, "door", "", "door", "", ""});
    }
    ~WindowStageTest() override { close(); }

    void open()
    {
        store::StoreOptions options;
        options.directory = directory / "data";
        store = store::Store::open(options).value();
        log.emplace(StateLogOptions{directory / "run", {ring}, [this] { return store->state().intake; }});
        store->retire_rings_but({ring, log->id()});
        const auto specs_of = [this](store::SeriesId id) {
            return id == 1 ? std::span<const WindowSpec>(specs) : std::span<const WindowSpec>();
        };
        derived.emplace(store->series(), 1000U);
        stage.emplace(*store, *log, specs_of, *derived, clock.source());
        store::Batch batch;
        if (stage->begin(batch, {})) append(std::move(batch), log->next_position());
    }

    void close()
    {
        stage.reset();
        log.reset();
        store.reset();
    }

    void append(store::Batch batch, const store::IntakePosition& position)
    {
        batch.intake = position;
        log->seal(position);
        ASSERT_TRUE(store->append(std::move(batch), {}));
    }

    // A meter reading now.
    void read(std::int64_t value)
    {
        store::Batch batch;
        stage->look();
        const store::Reading reading{1, clock.wall_ms(), value, 0};
        stage->see(reading, specs, batch);
        stage->see({2, clock.wall_ms(), true, 0}, {}, batch);
        batch.readings.push_back(reading);
        batch.books.received = batch.books.stored_messages = batch.books.read = batch.books.stored_readings =
            1;
        stage->finish(clock.wall_ms(), batch);
        append(std::move(batch), {ring, ++tail});
    }

    // The clock goes on and nothing comes.
    void wait(std::int64_t ms)
    {
        clock.pass(ms);
        stage->look();
        while (stage->due(clock.wall_ms())) {
            store::Batch batch;
            stage->finish(clock.wall_ms(), batch);
            append(std::move(batch), log->next_position());
        }
    }

    // All that windows have said; each once.
    Results results()
    {
        Results found;
        EXPECT_TRUE(store->flush());
        store::ArchiveQuery query;
        query.wanted = [](const store::Series& series) { return series.of != 0; };
        const auto archive = store->archive(query);
        for (;;) {
            const auto stretch = archive->next({}).value();
            if (stretch == nullptr) return found;
            const auto field = store->series().get(stretch->series)->field;
            for (const auto& point : stretch->readings)
                EXPECT_TRUE(
                    found.emplace(std::pair(field, point.time_ms), store::as_number(point.value)).second)
                    << field << " twice";
        }
    }

    static constexpr auto start = tests::FakeClock::november_2026;
    tests::QuietLog quiet;
    tests::TempDir directory;
    tests::FakeClock clock;
    std::vector<WindowSpec> specs{
        {minute, 2 * second, static_cast<Statistics>(bit(Statistic::count) | bit(Statistic::increase))},
        {hour, 2 * second, static_cast<Statistics>(bit(Statistic::count) | bit(Statistic::sum))}};
    std::uint64_t tail = 0;
    std::unique_ptr<store::Store> store;
    std::optional<StateLog> log;
    std::optional<DerivedSeries> derived;
    std::optional<WindowStage> stage;
};

TEST_F(WindowStageTest, SaysTheSameWithAndWithoutKillsAndPowerCuts)
{
    Results expected;
    for (std::int64_t i = 0; i < 900; ++i) {
        read(10 * i);
        const auto now = clock.wall_ms();
        ++expected[{"/energy@1min/count", window_start(now, minute)}];
        expected[{"/energy@1min/increase", window_start(now, minute)}] += i == 0 ? 0 : 10;
        ++expected[{"/energy@1h/count", window_start(now, hour)}];
        expected[{"/energy@1h/sum", window_start(now, hour)}] += static_cast<double>(10 * i);
        wait(i % 100 == 50 ? 150 * second : 7 * second);
        if (i % 37 != 0) continue;
        close();
        if (i % 2 == 0) std::filesystem::remove_all(directory / "run");  // the power was cut
        open();
        EXPECT_EQ(log->lost(), i % 2 == 0) << i;
    }
    wait(2 * hour);
    EXPECT_EQ(results(), expected);
    const auto books = store->state().books;
    EXPECT_EQ(books.derived, expected.size());
    EXPECT_EQ(store->state().last_seq, books.stored_readings + books.derived);
}

TEST_F(WindowStageTest, SaysAfterAPowerCutWhatEndedMeanwhile)
{
    for (std::int64_t i = 0; i < 10; ++i) {
        read(i);
        clock.pass(second);
    }
    close();
    std::filesystem::remove_all(directory / "run");
    clock.pass(5 * minute);
    open();
    wait(0);
    EXPECT_EQ((results()[{"/energy@1min/count", window_start(start, minute)}]) +
                  (results()[{"/energy@1min/count", window_start(start, minute) + minute}]),
              10.0);
}

TEST_F(WindowStageTest, LooksAgainWhenItIsKilledBeforeItHasSaidWhatItFound)
{
    for (std::int64_t i = 0; i < 10; ++i) read(i);
    for (int i = 0; i < 3; ++i) {
        close();
        if (i == 0) std::filesystem::remove_all(directory / "run");
        store::StoreOptions options;
        options.directory = directory / "data";
        store = store::Store::open(options).value();
        log.emplace(StateLogOptions{directory / "run", {ring}, [this] { return store->state().intake; }});
        EXPECT_TRUE(log->lost());
    }
    close();
    open();
    wait(2 * minute);
    EXPECT_EQ((results()[{"/energy@1min/count", window_start(start, minute)}]), 10.0);
}

TEST_F(WindowStageTest, ClosesNothingWhileARingWasNotLookedAtYet)
{
    read(1);
    close();
    open();  // and the first look is at the other of two rings
    store::Batch batch;
    stage->look();
    EXPECT_FALSE(stage->due(0));
    stage->finish(0, batch);
    EXPECT_TRUE(batch.readings.empty());

    read(2);
    wait(minute + 10 * second);
    EXPECT_EQ((results()[{"/energy@1min/count", window_start(start, minute)}]), 2.0);
}

TEST_F(WindowStageTest, BeginsNoWindowBeforeTheClockIsSetAndThenGoesOn)
{
    read(1);
    close();
    std::filesystem::remove_all(directory / "run");
    clock.reboot();
    open();
    store::Batch batch;
    stage->look();
    stage->see({1, clock.wall_ms(), std::int64_t{5}, store::flag::unsynchronised}, specs, batch);
    EXPECT_FALSE(stage->due(clock.wall_ms()));
    stage->finish(clock.wall_ms(), batch);
    EXPECT_EQ(stage->counts().unsynchronised, 1U);
    EXPECT_TRUE(batch.readings.empty());

    clock.set(start + minute);
    wait(10 * second);
    EXPECT_EQ((results()[{"/energy@1min/count", window_start(start, minute)}]), 1.0);
}

}  // namespace
}  // namespace tidegate::gateway
