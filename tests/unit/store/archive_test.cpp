#include "store/archive.hpp"

#include "store/gaps.hpp"
#include "store/retention.hpp"
#include "store/rollup.hpp"
#include "store/store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <thread>

namespace tidegate::store {
namespace {

constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + 12 * hour_ms;

using Times = std::map<SeriesId, std::vector<std::int64_t>>;

struct Found {
    Times readings;
    std::uint64_t in_minutes = 0, in_hours = 0;  // readings that the rollups count
    std::vector<std::string> damage;
};

Found read_all(Archive& archive)
{
    Found found;
    for (;;) {
        auto stretch = archive.next({});
        EXPECT_TRUE(stretch) << (stretch ? "" : stretch.error().what);
        if (!stretch || *stretch == nullptr) break;
        for (const auto& point : (*stretch)->readings)
            found.readings[(*stretch)->series].push_back(point.time_ms);
        for (const auto& minute : (*stretch)->minutes) found.in_minutes += minute.count;
        for (const auto& hour : (*stretch)->hours) found.in_hours += hour.count;
    }
    found.damage = archive.damage();
    return found;
}

struct ArchiveTest : testing::Test {
    std::unique_ptr<Store> open_store(const std::function<void(StoreOptions&)>& change = {})
    {
        StoreOptions options;
        options.directory = data;
        options.ballast_bytes = 0;
        if (change) change(options);
        auto opened = Store::open(options);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().what);
        return opened ? std::move(*opened) : nullptr;
    }

    // As another process reads it.
    Found from_outside(const ArchiveQuery& query = {})
    {
        auto archive = Archive::open(data, query);
        EXPECT_TRUE(archive) << (archive ? "" : archive.error().what);
        return archive ? read_all(**archive) : Found();
    }

    static Found from_inside(Store& store, const ArchiveQuery& query = {})
    {
        return read_all(*store.archive(query));
    }

    static void append(Store& store, SeriesId id, std::int64_t from, int count, std::int64_t step = 1000)
    {
        Batch batch;
        for (int i = 0; i < count; ++i) batch.readings.push_back({id, from + i * step, 0.1 * i, 0});
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store.append(std::move(batch), {}));
        ASSERT_TRUE(store.flush());
    }

    static SeriesId add(Store& store, const std::string& topic)
    {
        return store.series().add({0, topic, "", topic, "", ""});
    }

    tests::TempDir home;
    std::filesystem::path data = home.path() / "data";
};

TEST_F(ArchiveTest, GivesWhatIsSealedAndWhatIsOnlyInTheLogFromInsideAndFromOutside)
{
    auto store = open_store();
    const auto a = add(*store, "a"), b = add(*store, "b");
    append(*store, a, noon, 3000);
    append(*store, b, noon - day_ms, 10);
    ASSERT_TRUE(store->seal_all());
    append(*store, a, noon + 4'000'000, 500);
    append(*store, b, noon - day_ms + 20'000, 10);  // late: of a day that is sealed
    for (const auto& found : {from_inside(*store), from_outside()}) {
        ASSERT_EQ(found.readings.size(), 2U);
        EXPECT_EQ(found.readings.at(a).size(), 3500U);
        EXPECT_EQ(found.readings.at(b).size(), 20U);
        EXPECT_TRUE(std::is_sorted(found.readings.at(a).begin(), found.readings.at(a).end()));
        EXPECT_TRUE(found.damage.empty());
    }
    store.reset();
    EXPECT_EQ(from_outside().readings.at(a).size(), 3500U) << "nor need a gateway run";
}

TEST_F(ArchiveTest, KeepsEveryKindOfValueAndItsFlags)
{
    auto store = open_store();
    const auto id = add(*store, "a");
    const std::vector<Value> values{true,
                                    std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<double>::quiet_NaN(),
                                    -std::numeric_limits<double>::infinity(),
                                    -0.0,
                                    std::string("a \"word\",\r\nand more")};
    Batch batch;
    for (std::size_t i = 0; i < values.size(); ++i)
        batch.readings.push_back({id, noon + static_cast<std::int64_t>(i), values[i], flag::retained});
    ASSERT_TRUE(store->append(std::move(batch), {}));
    ASSERT_TRUE(store->flush());
    for (const bool sealed : {false, true}) {
        ASSERT_TRUE(!sealed || store->seal_all());
        auto archive = Archive::open(data, {});
        ASSERT_TRUE(archive);
        auto stretch = (*archive)->next({});
        ASSERT_TRUE(stretch && *stretch != nullptr);
        ASSERT_EQ((*stretch)->readings.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Point wanted{noon + static_cast<std::int64_t>(i), values[i], flag::retained};
            EXPECT_TRUE((*stretch)->readings[i] == wanted) << i << " sealed=" << sealed;
        }
    }
}

TEST_F(ArchiveTest, GivesOnlyTheSeriesAndTheRangeThatAreAskedFor)
{
    auto store = open_store();
    const auto a = add(*store, "a"), b = add(*store, "b");
    append(*store, a, noon, 100);
    append(*store, b, noon, 100);
    ASSERT_TRUE(store->seal_all());
    append(*store, a, noon + 100'000, 100);
    const ArchiveQuery query{[](const Series& series) { return series.topic == "a"; }, noon + 50'000,
                             noon + 150'000};
    for (const auto& found : {from_inside(*store, query), from_outside(query)}) {
        ASSERT_EQ(found.readings.size(), 1U);
        EXPECT_EQ(found.readings.at(a).size(), 100U);
        EXPECT_EQ(found.readings.at(a).front(), noon + 50'000);
        EXPECT_EQ(found.readings.at(a).back(), noon + 149'000);
    }
    const ArchiveQuery nothing{{}, noon + day_ms, noon};
    EXPECT_TRUE(from_outside(nothing).readings.empty()) << "a range that ends before it begins";
}

TEST_F(ArchiveTest, GivesMinutesWhereTheReadingsAreThinnedAndHoursWhereTheMinutesAreGone)
{
    auto store = open_store();
    const auto fast = add(*store, "fast"), slow = add(*store, "slow");
    append(*store, fast, noon, 3600);
    append(*store, slow, noon, 6, 600'000);
    append(*store, fast, noon - day_ms, 3600);
    ASSERT_TRUE(store->seal_all());
    for (int i = 0; i < 2; ++i)
        append(*store, slow, noon - 5 * day_ms + i, 1);  // the log lets go of the rest
    store.reset();
    // As thinning does it for a fast series: slow readings stay, but for what has no minutes in this test.
    std::filesystem::remove(sealed_path(data, Tier::readings, day_of(noon)));
    std::filesystem::remove(sealed_path(data, Tier::readings, day_of(noon) - 1));
    std::filesystem::remove(sealed_path(data, Tier::minutes, day_of(noon) - 1));
    const auto found = from_outside();
    EXPECT_FALSE(found.readings.contains(fast));
    EXPECT_EQ(found.in_minutes, 3600U);
    EXPECT_EQ(found.in_hours, 3600U + 6U) << "a day without minutes, and a series without minutes";

    store = open_store();
    append(*store, fast, noon + 4'000'000, 50);
    ASSERT_TRUE(store->seal_all());
    for (const auto& late : {from_inside(*store), from_outside()}) {
        EXPECT_EQ(late.readings.at(fast).size(), 50U) << "readings of a day that was thinned before";
        EXPECT_EQ(late.in_minutes, 3600U);
        EXPECT_EQ(late.in_hours, 3606U);
    }
}

TEST_F(ArchiveTest, IsOfOneMomentThoughReadingsArriveAndAreSealedMeanwhile)
{
    auto store = open_store();
    const auto a = add(*store, "a"), b = add(*store, "b");
    append(*store, a, noon, 1000);
    append(*store, b, noon, 1000);
    ASSERT_TRUE(store->seal_all());
    append(*store, a, noon + 1'000'000, 100);
    append(*store, b, noon + 1'000'000, 100);
    auto archive = Archive::open(data, {});
    ASSERT_TRUE(archive);
    append(*store, b, noon + 2'000'000, 100);
    ASSERT_TRUE(store->seal_all());
    append(*store, b, noon + 3'000'000, 100);
    const auto found = read_all(**archive);
    EXPECT_EQ(found.readings.at(a).size(), 1100U);
    EXPECT_EQ(found.readings.at(b).size(), 1100U)
        << "neither what came later, nor twice what was sealed later";
}

TEST_F(ArchiveTest, PassesOverWhatIsDamagedFromOutsideAndSaysSo)
{
    auto store = open_store();
    const auto a = add(*store, "a");
    append(*store, a, noon, 3000);
    append(*store, a, noon + day_ms, 3000);
    ASSERT_TRUE(store->seal_all());
    store.reset();
    const auto path = sealed_path(data, Tier::readings, day_of(noon));
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
    const auto found = from_outside();
    ASSERT_EQ(found.damage.size(), 1U);
    EXPECT_NE(found.damage[0].find(path.filename().string()), std::string::npos);
    EXPECT_EQ(found.readings.at(a).size(), 3000U) << "of the day that is sound";
    EXPECT_EQ(found.in_minutes, 3000U) << "minutes stand in for the one that is not";
    EXPECT_TRUE(std::filesystem::exists(path)) << "nothing was changed";
}

TEST_F(ArchiveTest, SetsAsideWhatIsDamagedWhenItIsTheStoreThatReads)
{
    auto store = open_store();
    const auto a = add(*store, "a");
    append(*store, a, noon, 3000);
    ASSERT_TRUE(store->seal_all());
    const auto path = sealed_path(data, Tier::readings, day_of(noon));
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
    const auto found = from_inside(*store);
    EXPECT_EQ(store->state().damage.size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(data / "quarantine"));
    EXPECT_TRUE(found.readings.contains(a) || found.in_minutes + found.in_hours > 0);
}

TEST_F(ArchiveTest, RefusesWhatIsNoDataDirectoryAndStopsWhenAsked)
{
    const auto none = Archive::open(home.path() / "nothing", {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::not_found);
    auto store = open_store();
    append(*store, add(*store, "a"), noon, 10);
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = store->archive({})->next(stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::unavailable);
}

// A store that takes in readings, seals small rounds of them, trims its log, and thins its oldest days, while
// archives of it are read one after the other.
struct ArchiveBesideAStoreTest : ArchiveTest {
    static constexpr int series = 7;
    static constexpr int each = 40;  // readings of a series in a batch

    std::unique_ptr<Store> begin()
    {
        auto store = open_store([](StoreOptions& options) {
            options.commit_interval = std::chrono::milliseconds(1);
            options.log_bytes = 20'000;
        });
        for (int i = 0; i < series; ++i) add(*store, std::to_string(i));
        return store;
    }

    // Reading k of each series is at its own time: 400 a day, the days one after the other.
    static std::int64_t time_of(std::int64_t k) { return noon + k * (day_ms / 400); }

    void work(Store& store)
    {
        std::int64_t k = 0;
        while (!stop) {
            Batch batch;
            for (int i = 0; i < each; ++i, ++k)
                for (SeriesId id = 1; id <= series; ++id)
                    batch.readings.push_back({id, time_of(k), value, 0});
            batch.books.read = batch.books.stored_readings = batch.readings.size();
            EXPECT_TRUE(store.append(std::move(batch), {}));
            EXPECT_TRUE(store.flush());
            committed = k;
            if (k % (each * 3) == 0) {
                EXPECT_TRUE(store.seal_all());
                ++seals;
            }
        }
    }

    // Each series has 0, 1, 2, … without a hole and without a repeat, to at least what was committed before.
    void check(const Found& found, std::int64_t before)
    {
        ASSERT_EQ(found.readings.size(), static_cast<std::size_t>(series));
        EXPECT_EQ(found.in_minutes + found.in_hours, 0U);
        for (const auto& [id, times] : found.readings) {
            ASSERT_GE(times.size(), static_cast<std::size_t>(before)) << "series " << id;
            for (std::size_t k = 0; k < times.size(); ++k)
                ASSERT_EQ(times[k], time_of(static_cast<std::int64_t>(k))) << "series " << id;
        }
    }

    Value value = std::numeric_limits<double>::quiet_NaN();  // never taken for a repeat of itself
    std::atomic<bool> stop = false;
    std::atomic<std::int64_t> committed = 0;
    std::atomic<int> seals = 0;
};

TEST_F(ArchiveBesideAStoreTest, CountsEachReadingOnceThoughDaysAreThinnedMeanwhile)
{
    value = 1.5;  // NaN has no place in minutes and hours
    auto store = begin();
    std::thread worker([&] { work(*store); });
    std::thread thinner([&] {
        StoreOptions options;
        options.directory = data;
        options.free_bytes = 0;
        options.history_bytes = 400'000;
        GapBook gaps(home.path());
        Retention retention(options, gaps);
        // Within one month, so that no hours are dropped.
        const auto latest = first_day_of(month_of(day_of(noon)) + 1) * day_ms - 1;
        while (!stop) {
            const auto now = std::min(time_of(committed) - 3 * day_ms, latest);
            EXPECT_TRUE(retention.keep_bounds(now, false, 1ULL << 60U));
        }
    });
    int archives = 0;
    std::uint64_t in_hours = 0;
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
         std::chrono::steady_clock::now() < end && !HasFailure(); ++archives) {
        const auto before = static_cast<std::uint64_t>(committed.load()) * series;
        for (const bool outside : {true, false}) {
            const auto found = outside ? from_outside() : from_inside(*store);
            std::uint64_t count = found.in_minutes + found.in_hours;
            in_hours = std::max(in_hours, found.in_hours);
            for (const auto& [id, times] : found.readings) count += times.size();
            EXPECT_GE(count, before) << "outside=" << outside << " archive " << archives;
            EXPECT_TRUE(!outside || count % (each * series) == 0) << "whole batches";
            EXPECT_LE(count, static_cast<std::uint64_t>(committed + each) * series) << "outside=" << outside;
        }
    }
    stop = true;
    worker.join();
    thinner.join();
    EXPECT_GT(archives, 5);
    EXPECT_GT(in_hours, 1000U) << "days were thinned";
    std::printf("archives %d, readings %d, seals %d, in hours %d\n", archives,
                static_cast<int>(committed * series), seals.load(), static_cast<int>(in_hours));
}

TEST_F(ArchiveBesideAStoreTest, HasEachReadingExactlyOnceFromOutside)
{
    auto store = begin();
    std::thread worker([&] { work(*store); });
    int archives = 0;
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
         std::chrono::steady_clock::now() < end && !HasFatalFailure(); ++archives) {
        const auto before = committed.load();
        if (before == 0) continue;
        const auto found = from_outside();
        check(found, before);
        std::set<std::size_t> ends;
        for (const auto& [id, times] : found.readings) ends.insert(times.size());
        EXPECT_EQ(ends.size(), 1U) << "one moment: every series ends with the same batch";
    }
    stop = true;
    worker.join();
    EXPECT_GT(archives, 10);
    EXPECT_GT(seals, 10);
}

TEST_F(ArchiveBesideAStoreTest, HasEachReadingExactlyOnceFromInside)
{
    auto store = begin();
    std::thread worker([&] { work(*store); });
    int archives = 0;
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
         std::chrono::steady_clock::now() < end && !HasFatalFailure(); ++archives) {
        const auto before = committed.load();
        if (before == 0) continue;
        check(from_inside(*store), before);
    }
    stop = true;
    worker.join();
    EXPECT_GT(archives, 10);
    EXPECT_GT(seals, 10);
}

}  // namespace
}  // namespace tidegate::store
