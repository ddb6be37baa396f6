#include "store/damage.hpp"

#include "store/log_schema.hpp"
#include "store/store.hpp"
#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

namespace fs = std::filesystem;
using tests::read_bytes;
using tests::run_sql;
using tests::write_bytes;

constexpr std::int64_t noon = 1'764'072'000'000;
constexpr auto series_table =
    "CREATE TABLE series(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, field TEXT NOT NULL,"
    " device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL);";

struct StoreDamageTest : testing::Test {
    StoreDamageTest()
    {
        options.directory = directory.path() / "data";
        options.ballast_bytes = 0;
    }

    void open()
    {
        store.reset();
        auto opened = Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
    }

    void append(SeriesId id, int count)
    {
        Books books;
        books.received = books.stored_messages = books.read = books.stored_readings =
            static_cast<std::uint64_t>(count);
        std::vector<Reading> readings;
        for (int i = 0; i < count; ++i) readings.push_back({id, time += 1000, static_cast<double>(i), 0});
        ASSERT_TRUE(store->append({std::move(readings), books, IntakePosition{1, ++tail}}, {}));
        ASSERT_TRUE(store->flush());
    }

    // Three series, ten batches of ten readings, a cursor at 50; closed.
    void live()
    {
        open();
        store->open_upstream("cloud");
        for (const auto* topic : {"a", "b", "c"})
            store->series().add({0, topic, "/x", "device", std::string("name of ") + topic, "V"});
        for (int i = 0; i < 10; ++i) {
            append(static_cast<SeriesId>(i % 3 + 1), 10);
            if (i == 7) store->acknowledge("cloud", 50, 50);
        }
        epoch = store->state().epoch;
        store.reset();
    }

    std::size_t readings_of(SeriesId id)
    {
        const auto found = store->history({{id}, noon, time + 1, 100'000}, {});
        EXPECT_TRUE(found);
        return found ? found->series.at(0).v.size() : 0;
    }

    fs::path log() const { return options.directory / "log.db"; }
    fs::path meta() const { return options.directory / "meta.db"; }
    // How many files, their WALs not counted.
    std::size_t set_aside() const
    {
        std::error_code none;
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(options.directory / "quarantine", none))
            count += entry.path().string().ends_with("-wal") ? 0 : 1;
        return count;
    }

    tests::TempDir directory;
    StoreOptions options;
    std::unique_ptr<Store> store;
    std::int64_t time = noon;
    std::uint64_t tail = 0;
    std::uint64_t epoch = 0;
};

TEST_F(StoreDamageTest, IsNotFoundInASoundStore)
{
    live();
    open();
    EXPECT_TRUE(store->state().damage.empty());
    const auto faults = store->check();
    ASSERT_TRUE(faults);
    EXPECT_TRUE(faults->empty()) << faults->front();
    EXPECT_EQ(set_aside(), 0U);
}

TEST_F(StoreDamageTest, IsFoundOnDemandInAFileThatIsInUse)
{
    live();
    run_sql(log(), "UPDATE log SET batch = x'0102' WHERE seq = 40");
    run_sql(meta(), "UPDATE series SET unit = 'A' WHERE id = 2");
    const auto log_faults = Log::check(log());
    const auto meta_faults = Meta::check(meta());
    ASSERT_TRUE(log_faults);
    ASSERT_TRUE(meta_faults);
    EXPECT_EQ(*log_faults, std::vector<std::string>{"batch 40: checksum"});
    EXPECT_EQ(*meta_faults, std::vector<std::string>{"series 2: checksum"});
}

TEST_F(StoreDamageTest, OfABatchCostsThatBatchAlone)
{
    live();
    run_sql(log(), "UPDATE log SET batch = x'0102' WHERE seq = 40");
    open();
    const auto state = store->state();
    EXPECT_EQ(state.damage.size(), 1U);
    EXPECT_EQ(set_aside(), 1U);
    EXPECT_EQ(state.epoch, epoch) << "the newest row is known, so no seq is in doubt";
    EXPECT_EQ(state.last_seq, 100U);
    EXPECT_EQ(state.intake.at(0).tail, 10U);
    EXPECT_EQ(state.upstreams.at(0).cursor, 50U);
    EXPECT_EQ(readings_of(1) + readings_of(2) + readings_of(3), 90U);
    append(1, 10);
    EXPECT_EQ(store->state().last_seq, 110U);
    open();
    EXPECT_TRUE(store->state().damage.empty()) << "it is mended";
    EXPECT_EQ(readings_of(1) + readings_of(2) + readings_of(3), 100U);
}

TEST_F(StoreDamageTest, OfTheLastStateLeavesTheOneBefore)
{
    live();
    run_sql(log(), "UPDATE log SET state = x'0102' WHERE seq = 100");
    open();
    const auto state = store->state();
    EXPECT_EQ(state.damage.size(), 1U);
    EXPECT_EQ(state.last_seq, 100U);
    EXPECT_EQ(state.epoch, epoch);
    EXPECT_EQ(state.intake.at(0).tail, 9U);
    EXPECT_EQ(state.books.received, 90U);
    EXPECT_EQ(state.upstreams.at(0).cursor, 50U);
    EXPECT_EQ(readings_of(1) + readings_of(2) + readings_of(3), 100U);
}

TEST_F(StoreDamageTest, OfTheNewestRowMakesItAnotherLogSoThatNoSeqIsGivenTwice)
{
    live();
    run_sql(log(), "UPDATE log SET batch = x'0102' WHERE seq = 100");
    open();
    const auto state = store->state();
    EXPECT_NE(state.epoch, epoch);
    EXPECT_EQ(state.last_seq, 90U);
    EXPECT_EQ(state.upstreams.at(0).cursor, 50U);
    auto reader = store->reader();
    ASSERT_TRUE(reader);
    ASSERT_TRUE(store->flush());
    EXPECT_EQ((*reader)->read_after(50, 1000)->size(), 40U) << "what is owed is still owed";
}

TEST_F(StoreDamageTest, OfAllOfTheLogIsAnEmptyLogOfANewEpoch)
{
    live();
    write_bytes(log(), std::string(50'000, 'x'));
    write_bytes(log().string() + "-wal", std::string(50'000, 'x'));
    open();
    EXPECT_NE(store->state().epoch, epoch);
    EXPECT_EQ(store->state().damage.size(), 1U);
    EXPECT_EQ(store->series().find("c", "/x"), 3U) << "names are not in it";
    append(1, 10);
    EXPECT_EQ(readings_of(1), 10U);
}

TEST_F(StoreDamageTest, OfALogThatIsGoneIsSaid)
{
    live();
    for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(log().string() + suffix);
    open();
    ASSERT_EQ(store->state().damage.size(), 1U);
    EXPECT_NE(store->state().damage[0].find("missing"), std::string::npos);
}

TEST_F(StoreDamageTest, LeavesSeqsThatSealedFilesSpeakOfBehindIt)
{
    live();
    ASSERT_TRUE(Log::salvage(log(), 5000));
    auto opened = Log::open(log());
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(opened->last_seq(), 5000U);
    EXPECT_EQ(opened->restored().intake.at(0).tail, 10U);
}

// The same of an upstream: rows without readings are passed over.
TEST_F(StoreDamageTest, LetsAnUpstreamPassTheGapItLeft)
{
    live();
    ASSERT_TRUE(Log::salvage(log(), 5000));
    open();
    append(2, 10);
    auto reader = store->reader();
    ASSERT_TRUE(reader);
    const auto records = (*reader)->read_after(50, 1000);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 50U) << "up to the gap";
    const auto behind = (*reader)->read_after(100, 1000);
    ASSERT_TRUE(behind);
    ASSERT_EQ(behind->size(), 10U);
    EXPECT_EQ(behind->back().seq, 5010U);
    EXPECT_TRUE((*reader)->read_after(5010, 1000)->empty());
    EXPECT_EQ((*reader)->passed(), 5010U);
}

TEST_F(StoreDamageTest, OfANameIsMendedFromTheCopyInASealedFile)
{
    live();
    write_bytes(meta(), std::string(9000, 'x'));
    const auto add = [](SeriesId id, const std::string& topic) {
        return "INSERT INTO series VALUES(" + std::to_string(id) + ", '" + topic +
               "', '/x', 'device', 'name of " + topic + "', 'V');";
    };
    run_sql(options.directory / "hour-202510.db", series_table + add(1, "older name"));
    run_sql(options.directory / "hour-202511.db", series_table + add(1, "a") + add(3, "c"));
    open();
    EXPECT_EQ(store->state().damage.size(), 2U) << "the file, and what it was filled up with";
    EXPECT_EQ(set_aside(), 1U);
    ASSERT_EQ(store->series().last(), 3U);
    const auto first = store->series().get(1);
    EXPECT_EQ(first->topic, "a");
    EXPECT_EQ(first->name, "name of a");
    EXPECT_EQ(first->unit, "V");
    EXPECT_EQ(store->series().get(2)->topic, "lost/series-2");
    EXPECT_EQ(store->series().find("c", "/x"), 3U);
    EXPECT_EQ(readings_of(2), 30U) << "the id still means the same";
    EXPECT_EQ(store->series().add({0, "b", "/x", "", "", ""}), 4U);
    append(4, 10);
    open();
    EXPECT_TRUE(store->state().damage.empty());
    EXPECT_EQ(store->series().find("b", "/x"), 4U);
}

TEST_F(StoreDamageTest, OfOneNameLeavesTheOthers)
{
    live();
    run_sql(meta(), "UPDATE series SET name = 'name of d' WHERE id = 2");
    open();
    EXPECT_EQ(store->series().get(1)->topic, "a");
    EXPECT_EQ(store->series().get(2)->topic, "lost/series-2");
    EXPECT_EQ(store->series().get(3)->topic, "c");
}

}  // namespace
}  // namespace tidegate::store
