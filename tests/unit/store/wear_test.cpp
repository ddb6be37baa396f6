#include "store/wear.hpp"

#include "store/store.hpp"
#include "support/shim_vfs.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

namespace tidegate::store {
namespace {

// Counts by itself, below the store's own VFS: pages of 4 KiB by file, each once between two syncs.
class CountingShim : public tests::ShimVfs {
public:
    std::uint64_t bytes(const std::string& part_of_name) const
    {
        const std::scoped_lock lock(mutex_);
        std::uint64_t sum = 0;
        for (const auto& [file, pages] : pages_)
            if (file.find(part_of_name) != std::string::npos) sum += pages * 4096;
        return sum;
    }
    std::uint64_t bytes() const { return bytes(""); }
    std::uint64_t writes_of_wal() const { return writes_of_wal_; }

private:
    void after(const tests::FileCall& call) override
    {
        const std::scoped_lock lock(mutex_);
        const std::string file(call.file);
        if (call.op == tests::FileOp::sync) dirty_[file].clear();
        if (call.op != tests::FileOp::write) return;
        if (file.ends_with("log.db-wal")) ++writes_of_wal_;
        const auto end = call.offset + static_cast<std::int64_t>(call.bytes.size());
        for (auto page = call.offset / 4096; page * 4096 < end; ++page)
            pages_[file] += dirty_[file].insert(page).second ? 1 : 0;
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::set<std::int64_t>> dirty_;
    std::map<std::string, std::uint64_t> pages_;
    std::atomic<std::uint64_t> writes_of_wal_ = 0;
};

std::uint64_t sum(const Wear& wear)
{
    return std::accumulate(wear.bytes.begin(), wear.bytes.end(), std::uint64_t{0});
}

std::uint64_t of(const Wear& wear, Cause cause)
{
    return wear.bytes[static_cast<std::size_t>(cause)];
}

struct WearTest : testing::Test {
    WearTest() { options.directory = directory.path() / "data"; }

    void open()
    {
        auto opened = Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
    }

    // So many commits of so many readings, each put onto the disk.
    void feed(int commits, int readings)
    {
        const auto known = store->series().find("a", "");
        const auto id = known ? *known : store->series().add({0, "a", "", "a", "", ""});
        for (int i = 0; i < commits; ++i) {
            Batch batch;
            for (int k = 0; k < readings; ++k, time += 997)
                batch.readings.push_back({id, time, static_cast<double>(time % 1009) * 1.7, 0});
            ASSERT_TRUE(store->append(std::move(batch), {}));
            ASSERT_TRUE(store->flush());
        }
    }

    CountingShim truth;
    tests::TempDir directory;
    StoreOptions options;
    std::int64_t time = 1'764'000'000'000;
    std::unique_ptr<Store> store;
};

TEST_F(WearTest, IsWhatReachesTheDeviceByFile)
{
    open();
    feed(60, 700);
    ASSERT_TRUE(store->seal_all());
    feed(3, 1);

    const auto wear = store->state().wear;
    EXPECT_EQ(of(wear, Cause::commit), truth.bytes("/log.db-wal"));
    EXPECT_EQ(of(wear, Cause::checkpoint), truth.bytes("/log.db") - truth.bytes("/log.db-wal"));
    EXPECT_EQ(of(wear, Cause::meta), truth.bytes("/meta.db"));
    EXPECT_EQ(of(wear, Cause::history), truth.bytes("/day-") + truth.bytes("/min-") + truth.bytes("/hour-"));
    EXPECT_EQ(sum(wear), truth.bytes());
    EXPECT_GT(of(wear, Cause::commit), 4'194'304U) << "the WAL is made long at once";
    EXPECT_GT(of(wear, Cause::history), 0U);
    EXPECT_GT(of(wear, Cause::meta), 0U);
    EXPECT_EQ(of(wear, Cause::other), 0U);
}

TEST_F(WearTest, CountsOnePageOfTheLogTwiceOnlyWhenASyncIsBetween)
{
    options.commit_interval = std::chrono::milliseconds(1);
    options.sync_interval = std::chrono::hours(1);
    open();
    feed(1, 1);
    const auto before = of(store->state().wear, Cause::commit);
    feed(10, 1);
    const auto synced = of(store->state().wear, Cause::commit) - before;
    EXPECT_GE(synced, 10U * 4096) << "each commit is put onto the disk";
    EXPECT_LE(synced, 40U * 4096);
}

TEST_F(WearTest, WritesACommitToTheLogInOnePiece)
{
    open();
    feed(1, 1000);
    const auto before = truth.writes_of_wal();
    feed(20, 1000);
    EXPECT_EQ(truth.writes_of_wal() - before, 20U) << "of several pages each";
}

TEST_F(WearTest, SurvivesARestartInTheTotal)
{
    open();
    feed(20, 100);
    const auto first = store->state().wear;
    EXPECT_EQ(first.total, sum(first));
    store.reset();
    open();

    const auto second = store->state().wear;
    EXPECT_LT(sum(second), sum(first)) << "since this start";
    EXPECT_GE(second.total, first.total + sum(second));
    EXPECT_LE(second.total, truth.bytes());
    EXPECT_GT(second.total * 10, truth.bytes() * 9) << "no more than the last commit and the end is missed";
}

TEST(WearMeter, CountsOnlyItsOwnDirectory)
{
    const tests::TempDir mine, other;
    WearMeter meter(mine.path());
    StoreOptions options;
    options.directory = other.path();
    auto store = Store::open(options);
    ASSERT_TRUE(store);
    EXPECT_EQ(meter.total(), 0U);
    EXPECT_GT((*store)->state().wear.total, 0U);
}

TEST(WearMeter, SaysARateOnceItHasWatchedLongEnough)
{
    constexpr std::int64_t minute = 60'000;
    const tests::TempDir directory;
    WearMeter meter(directory.path());
    meter.count(Cause::commit, 4'194'304);  // the start is not what a day is like
    meter.look(5 * minute);
    meter.count(Cause::commit, 1'000'000);
    meter.look(9 * minute);
    EXPECT_EQ(meter.read().per_day, 0U) << "not known yet";
    meter.count(Cause::history, 1'000'000);
    meter.look(25 * minute);
    EXPECT_EQ(meter.read().per_day, 2'000'000U * 72) << "two in 20 minutes";

    for (std::int64_t hour = 1; hour <= 72; ++hour) {  // ten times less from then on
        meter.count(Cause::commit, 600'000);
        meter.look((25 + 60 * hour) * minute);
    }
    EXPECT_EQ(meter.read().per_day, 24U * 600'000) << "of the last 24 hours alone";
}

TEST(DaysLeft, AreKnownWithARateAndAnEndurance)
{
    Wear wear;
    wear.total = 10'000;
    EXPECT_EQ(days_left(wear, 30'000), std::nullopt) << "no rate yet";
    wear.per_day = 100;
    EXPECT_EQ(days_left(wear, 30'000), 200U);
    EXPECT_EQ(days_left(wear, 5'000), 0U) << "it has had more than it should";
    EXPECT_EQ(days_left(wear, 0), std::nullopt);
}

}  // namespace
}  // namespace tidegate::store
