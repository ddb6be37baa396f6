#include "store/store.hpp"

#include "store/sealed_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

namespace tidegate::store {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + 12 * 3'600'000LL;

struct StoreTest : testing::Test {
    StoreTest() { options.directory = directory.path() / "data"; }

    void open()
    {
        store.reset();
        auto opened = Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
    }

    SeriesId series(const std::string& topic)
    {
        if (const auto known = store->series().find(topic, "")) return *known;
        return store->series().add({0, topic, "", topic, "", ""});
    }

    void append(std::vector<Reading> readings, std::optional<IntakePosition> intake = {})
    {
        Books books;
        books.received = books.stored_messages = readings.size();
        books.read = books.stored_readings = readings.size();
        ASSERT_TRUE(store->append({std::move(readings), books, intake}, {}));
    }

    std::vector<Value> history(SeriesId id, std::int64_t from, std::int64_t to)
    {
        const auto found = store->history({{id}, from, to, 100'000}, {});
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        return found ? found->series.at(0).v : std::vector<Value>{};
    }

    // The readings of a series in the file of a day.
    std::vector<Point> sealed(std::int64_t time, SeriesId id)
    {
        std::vector<Point> points;
        std::vector<Rollup> none;
        auto file = SealedFile::open(options.directory, Tier::readings, day_of(time), Access::read_only);
        EXPECT_TRUE(file);
        if (!file) return points;
        for (const auto& round : file->rounds()) EXPECT_TRUE(file->read(round.n, id, points, none));
        return points;
    }

    tests::TempDir directory;
    StoreOptions options;
    std::unique_ptr<Store> store;
};

TEST_F(StoreTest, GivesBackReadingsAfterARestart)
{
    open();
    const auto id = series("a");
    append({{id, noon, 1.5, 0}, {id, noon + 1000, std::string("text"), 0}}, IntakePosition{9, 77});
    store.reset();
    open();

    EXPECT_EQ(history(id, noon, noon + 2000), (std::vector<Value>{1.5, std::string("text")}));
    EXPECT_EQ(store->series().find("a", ""), id);
    EXPECT_EQ(store->state().intake.at(0).tail, 77U);
    EXPECT_EQ(store->state().books.received, 2U);
    EXPECT_EQ(store->live().get(id).value, Value(std::string("text")))
        << "the latest values are there at once";
}

TEST_F(StoreTest, GivesBackWhatIsSealedAndWhatIsNotAsOne)
{
    open();
    const auto id = series("a");
    append({{id, noon, 1.0, 0}, {id, noon + 2000, 3.0, 0}});
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(store->seal_all());
    append({{id, noon + 1000, 2.0, 0}, {id, noon + 3000, 4.0, 0}});  // one of them late
    ASSERT_TRUE(store->flush());

    EXPECT_EQ(history(id, noon, noon + 4000), (std::vector<Value>{1.0, 2.0, 3.0, 4.0}));
    EXPECT_TRUE(std::filesystem::exists(sealed_path(options.directory, Tier::readings, day_of(noon))));
    open();
    EXPECT_EQ(history(id, noon, noon + 4000), (std::vector<Value>{1.0, 2.0, 3.0, 4.0})) << "after a restart";
    EXPECT_EQ(history(id, noon + 1000, noon + 3000), (std::vector<Value>{2.0, 3.0})) << "to is exclusive";
}

TEST_F(StoreTest, PutsReadingsIntoTheFileOfTheirOwnDay)
{
    open();
    const auto id = series("a");
    const auto midnight = (noon / day_ms + 1) * day_ms;
    append({{id, midnight - 1, 1.0, 0}, {id, midnight, 2.0, 0}, {id, midnight + 1, 3.0, 0}});
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(store->seal_all());

    const auto before = sealed(noon, id);
    const auto after = sealed(midnight, id);
    EXPECT_EQ(before.size(), 1U);
    EXPECT_EQ(after.size(), 2U);
    EXPECT_EQ(history(id, midnight - 10, midnight + 10), (std::vector<Value>{1.0, 2.0, 3.0}));
}

TEST_F(StoreTest, TakesARepeatOfTimeAndValueForOneReading)
{
    open();
    const auto id = series("a");
    append({{id, noon, 1.0, 0}, {id, noon, 1.0, 0}, {id, noon, 2.0, 0}});
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(history(id, noon, noon + 1), (std::vector<Value>{1.0, 2.0}));
}

TEST_F(StoreTest, GivesAnUpstreamEverythingInOrderAndMovesItsCursorOnlyOnAcknowledgement)
{
    open();
    const auto id = series("a");
    const auto cloud = store->open_upstream("cloud");
    std::vector<Reading> readings;
    for (int i = 0; i < 1000; ++i) readings.push_back({id, noon + i, static_cast<std::int64_t>(i), 0});
    append(readings);
    ASSERT_TRUE(store->wait_newer(cloud.cursor, {}, 5s));
    auto reader = store->reader();
    ASSERT_TRUE(reader);

    std::vector<Value> got;
    auto cursor = cloud.cursor;
    for (;;) {
        const auto records = (*reader)->read_after(cursor, 300);
        ASSERT_TRUE(records);
        if (records->empty()) break;
        for (const auto& record : *records) {
            EXPECT_EQ(record.seq, ++cursor);
            got.push_back(record.reading.value);
        }
    }
    ASSERT_EQ(got.size(), 1000U);
    EXPECT_EQ(got.front(), Value(std::int64_t{0}));
    EXPECT_EQ(got.back(), Value(std::int64_t{999}));
    EXPECT_EQ(store->state().upstreams.at(0).cursor, cloud.cursor);

    reader->reset();  // it does not live longer than the store
    store->acknowledge("cloud", 400, 400);
    store.reset();
    open();
    const auto books = store->open_upstream("cloud");
    EXPECT_EQ(books.cursor, 400U);
    EXPECT_EQ(books.delivered, 400U);
}

TEST_F(StoreTest, KeepsTheAccountsOfAnUpstreamBalancedWhateverIsAcknowledged)
{
    open();
    const auto id = series("a");
    store->open_upstream("cloud");
    append(std::vector<Reading>(100, Reading{id, noon, 1.0, 0}));
    ASSERT_TRUE(store->flush());
    store->acknowledge("cloud", 10, 10);
    store->acknowledge("cloud", 5, 5);  // an old acknowledgement again
    store->refuse("cloud", {11, {id, noon, 1.0, 0}});
    store->acknowledge("cloud", 20, 5);  // 12 to 15 were not in the log any more
    const auto books = store->state().upstreams.at(0);
    EXPECT_EQ(books.cursor, 20U);
    EXPECT_EQ(books.delivered, 15U);
    EXPECT_EQ(books.discarded, (Discards{0, 4, 1})) << "by reason";
    EXPECT_EQ(books.started + books.delivered + sum(books.discarded), books.cursor);
}

TEST_F(StoreTest, DropsLogRowsOnceTheyAreSealedAndDelivered)
{
    open();
    const auto id = series("a");
    store->open_upstream("cloud");
    for (int i = 0; i < 20; ++i) {
        append(std::vector<Reading>(100, Reading{id, noon + i, 0.001 * i, 0}));
        ASSERT_TRUE(store->flush());
    }
    const auto full = store->state().log_bytes;
    ASSERT_TRUE(store->seal_all());
    append({{id, noon + 100, 1.0, 0}});
    ASSERT_TRUE(store->flush());
    EXPECT_GE(store->state().log_bytes, full) << "not delivered yet";
    store->acknowledge("cloud", 2000, 2000);
    append({{id, noon + 101, 1.0, 0}});
    ASSERT_TRUE(store->flush());
    EXPECT_LT(store->state().log_bytes, full / 4);
}

TEST_F(StoreTest, LosesNothingCommittedWhenTheProcessIsKilled)
{
    for (int round = 0; round < 5; ++round) {
        const auto child = fork();  // nothing else runs in this process now: the store is closed
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto opened = Store::open(options);
            if (!opened) _exit(1);
            auto& the = **opened;
            const auto id = the.series().find("a", "").value_or(0) != 0
                                ? *the.series().find("a", "")
                                : the.series().add({0, "a", "", "a", "", ""});
            Books books;
            books.received = books.stored_messages = books.read = books.stored_readings = 100;
            std::vector<Reading> readings;
            for (int i = 0; i < 100; ++i)
                readings.push_back({id, noon + round * 1000 + i, static_cast<double>(i), 0});
            if (!the.append({readings, books, IntakePosition{1, static_cast<std::uint64_t>(round)}}, {}))
                _exit(2);
            if (!the.flush()) _exit(3);
            if (round % 2 == 0 && !the.seal_all()) _exit(4);
            kill(getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
    }
    open();
    EXPECT_EQ(history(*store->series().find("a", ""), noon, noon + 10'000).size(), 500U);
    EXPECT_EQ(store->state().books.received, 500U);
    EXPECT_EQ(store->state().last_seq, 500U);
    EXPECT_EQ(store->state().intake.at(0).tail, 4U);
}

TEST_F(StoreTest, KeepsASecondGatewayOutAndSaysWhoIsIn)
{
    open();
    const auto second = Store::open(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::denied);
    EXPECT_NE(second.error().what.find(std::to_string(getpid())), std::string::npos) << second.error().what;
}

TEST_F(StoreTest, LeavesFilesOfANewerVersionUntouched)
{
    open();
    store.reset();
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((options.directory / "log.db").c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);

    const auto opened = Store::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::denied);
    EXPECT_NE(opened.error().what.find("newer"), std::string::npos);
}

TEST_F(StoreTest, RefusesFilesOfAnEarlierFormat)
{
    open();
    store.reset();
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((options.directory / "log.db").c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "PRAGMA user_version=1", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);

    const auto opened = Store::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::denied);
    EXPECT_NE(opened.error().what.find("earlier"), std::string::npos);
}

TEST_F(StoreTest, SealsEachReadingOnceWhenTwoAskForItAtATime)
{
    open();
    const auto id = series("a");
    for (int round = 0; round < 20; ++round) {
        std::vector<Reading> readings;
        for (int i = 0; i < 50; ++i)
            readings.push_back({id, noon + round * 1000 + i, static_cast<double>(i), 0});
        append(readings);
        ASSERT_TRUE(store->flush());
        bool other = false;
        {
            const std::jthread second([&] { other = store->seal_all().has_value(); });
            EXPECT_TRUE(store->seal_all());
        }
        EXPECT_TRUE(other);
    }
    const auto points = sealed(noon, id);
    EXPECT_EQ(points.size(), 20U * 50);
}

TEST_F(StoreTest, ForgetsTheCursorOfAnUpstreamThatIsNoLongerConfigured)
{
    open();
    store->open_upstream("old");
    store->open_upstream("kept");
    store->retire_upstreams_but({"kept"});
    EXPECT_EQ(store->state().upstreams.size(), 1U);
    EXPECT_EQ(store->state().upstreams.at(0).name, "kept");
}

TEST_F(StoreTest, KeepsItsEpochUnlessAPowerCutMayTakeSeqsBack)
{
    open();
    const auto epoch = store->state().epoch;
    options.durability = Durability::strict;
    open();
    EXPECT_EQ(store->state().epoch, epoch);
    options.durability = Durability::relaxed;
    open();
    const auto first = store->state().epoch;
    open();
    const auto second = store->state().epoch;
    EXPECT_TRUE(first != epoch && second != epoch && first != second) << "each start has one of its own";
    options.durability = Durability::timed;
    open();
    EXPECT_EQ(store->state().epoch, epoch) << "nothing of the relaxed runs was told under it";
}

TEST_F(StoreTest, SendsWhatIsCommittedInRelaxedAndSealsOnlyWhatIsOnTheDisk)
{
    options.durability = Durability::relaxed;
    options.commit_interval = 5ms;
    open();
    const auto id = series("a");
    append({{id, noon, 1.0, 0}, {id, noon + 1000, 2.0, 0}});
    ASSERT_TRUE(store->wait_newer(1, {}, 5s)) << "no sync was asked for";
    ASSERT_TRUE(store->seal_all());
    EXPECT_FALSE(std::filesystem::exists(sealed_path(options.directory, Tier::readings, day_of(noon))))
        << "a sealed reading whose seq is given out again would hide the other";

    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> noise;
    for (std::uint64_t i = 0; i < 60; ++i) {  // until SQLite makes a checkpoint of its own
        std::vector<Reading> readings;
        for (int k = 0; k < 10'000; ++k) readings.push_back({id, noon + 2000, noise(random), 0});
        append(std::move(readings));
        ASSERT_TRUE(store->wait_newer(1 + 10'000ULL * (i + 1), {}, 5s));
    }
    ASSERT_TRUE(store->seal_all());
    EXPECT_TRUE(std::filesystem::exists(sealed_path(options.directory, Tier::readings, day_of(noon))));
}

TEST_F(StoreTest, NeedsOneCommitToPutWhatArrivedOnTheDiskInTime)
{
    options.commit_interval = options.sync_interval = 200ms;
    open();
    const auto id = series("a");
    append({{id, noon, 1.0, 0}});
    ASSERT_TRUE(store->flush());
    const auto before = store->state().commits.count;
    const auto start = std::chrono::steady_clock::now();
    append({{id, noon + 1000, 2.0, 0}});
    ASSERT_TRUE(store->wait_newer(1, {}, 5s)) << "it is on the disk, so it may be sent";
    EXPECT_LT(std::chrono::steady_clock::now() - start, 300ms);
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(store->state().commits.count - before, 1U);
}

TEST_F(StoreTest, WaitsWithTheProducerWhileTooMuchIsPending)
{
    options.pending_readings = 10;
    options.commit_interval = 50ms;
    open();
    const auto id = series("a");
    for (int i = 0; i < 20; ++i) append(std::vector<Reading>(10, Reading{id, noon + i, 1.0, 0}));
    EXPECT_LE(store->state().pending, 20U);
    std::stop_source stop;
    stop.request_stop();
    append(std::vector<Reading>(10, Reading{id, noon, 1.0, 0}));
    EXPECT_FALSE(
        store->append({std::vector<Reading>(10, Reading{id, noon, 1.0, 0}), {}, {}}, stop.get_token()) &&
        store->state().pending > 20);
}

TEST_F(StoreTest, MakesCommitsOfOneSizeOfWhatGatheredWhileTheDiskWasSlow)
{
    options.commit_readings = 100;
    options.commit_interval = 1h;
    open();
    const auto id = series("a");
    const auto before = store->state().commits.count;
    for (std::int64_t i = 0; i < 50; ++i) {
        std::vector<Reading> readings;
        for (std::int64_t k = 0; k < 100; ++k) readings.push_back({id, noon + 100 * i + k, i, 0});
        append(std::move(readings), IntakePosition{1, static_cast<std::uint64_t>(i + 1)});
    }
    ASSERT_TRUE(store->flush());
    const auto state = store->state();
    EXPECT_GE(state.commits.count - before, 50U);
    EXPECT_EQ(state.books.stored_readings, 5000U);
    EXPECT_EQ(state.last_seq, 5000U);
    EXPECT_EQ(state.pending, 0U);
    EXPECT_EQ(state.intake.at(0).tail, 50U);
    EXPECT_EQ(history(id, noon, noon + 5000).size(), 5000U);
}

TEST_F(StoreTest, WhatIsLearnedOfASeriesLaterStaysOverARestart)
{
    open();
    const auto id = series("plant/boiler");
    append({{id, 1'764'000'000'000, 1.5}});
    ASSERT_TRUE(store->flush());
    auto known = *store->series().get(id);
    known.name = "Boiler";
    known.unit = "°C";
    known.device_class = "temperature";
    known.availability = "plant/boiler/status";
    known.expires_s = 90;
    ASSERT_TRUE(store->series().update(known));
    append({{id, 1'764'000'001'000, 2.5}});
    const auto made = store->series().add({0, "plant/boiler", "@1min/mean", "", "", "", "", "", 0, id});
    append({{made, 1'764'000'001'000, 2.0}});
    ASSERT_TRUE(store->flush());
    EXPECT_TRUE(store->series().changed(made).empty());
    open();
    EXPECT_EQ(store->series().get(id), known);
    EXPECT_EQ(store->series().get(made)->of, id);
}

}  // namespace
}  // namespace tidegate::store
