#include "store/backup.hpp"

#include "store/rollup.hpp"
#include "store/store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tidegate::store {
namespace {

constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + 12 * hour_ms;

struct BackupTest : testing::Test {
    static std::unique_ptr<Store> open(const std::filesystem::path& directory)
    {
        StoreOptions options;
        options.directory = directory;
        options.ballast_bytes = 0;
        auto opened = Store::open(options);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().what);
        return opened ? std::move(*opened) : nullptr;
    }

    static void append(Store& store, SeriesId id, std::int64_t from, int count)
    {
        Batch batch;
        for (int i = 0; i < count; ++i) batch.readings.push_back({id, from + i, 0.1 * i, 0});
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store.append(std::move(batch), {}));
        ASSERT_TRUE(store.flush());
    }

    static std::size_t count(Store& store, SeriesId id)
    {
        const auto found = store.history({{id}, noon, noon + 12 * hour_ms, 1'000'000}, {});
        EXPECT_TRUE(found);
        return found ? found->series[0].v.size() : 0;
    }

    const std::function<bool(const BackupProgress&)> go_on = [](const BackupProgress&) { return true; };
    tests::TempDir home;
    std::filesystem::path data = home.path() / "data", copy = home.path() / "copy";
};

TEST_F(BackupTest, HoldsWhatWasThereAndAGatewayGoesOnWithIt)
{
    auto store = open(data);
    const auto id = store->series().add({0, "a", "", "a", "", ""});
    append(*store, id, noon, 3000);
    ASSERT_TRUE(store->seal_all());
    append(*store, id, noon + 10'000, 500);
    BackupProgress last;
    ASSERT_TRUE(back_up(data, copy, [&](const BackupProgress& now) {
        last = now;
        return true;
    }));
    EXPECT_GT(last.bytes, 0U);
    EXPECT_LE(last.bytes, last.total);
    append(*store, id, noon + 20'000, 100);  // not in the copy

    auto restored = open(copy);
    EXPECT_EQ(count(*restored, id), 3500U);
    EXPECT_EQ(restored->series().find("a", ""), id);
    EXPECT_EQ(restored->state().last_seq, 3500U);
    append(*restored, id, noon + 30'000, 50);
    EXPECT_EQ(count(*restored, id), 3550U);
    EXPECT_EQ(count(*store, id), 3600U) << "the original goes on by itself";
}

TEST_F(BackupTest, IsOfOneMomentThoughReadingsArriveAndAreSealedMeanwhile)
{
    auto store = open(data);
    const auto id = store->series().add({0, "a", "", "a", "", ""});
    append(*store, id, noon, 20'000);
    ASSERT_TRUE(store->seal_all());
    int told = 0;
    std::int64_t next = noon + 100'000;
    ASSERT_TRUE(back_up(data, copy, [&](const BackupProgress& now) {
        if (now.file != "log.db" && told++ == 0) {  // after the log was copied
            append(*store, id, next, 700);
            EXPECT_TRUE(store->seal_all());
        }
        return true;
    }));
    EXPECT_GT(told, 0);
    {
        auto restored = open(copy);
        EXPECT_EQ(count(*restored, id), 20'000U) << "what was sealed after the log was copied is not in it";
        append(*restored, id, next, 700);  // these take the seqs that the later ones had
    }
    auto restored = open(copy);
    EXPECT_EQ(count(*restored, id), 20'700U) << "and they are not taken for sealed";
}

TEST_F(BackupTest, RefusesADirectoryThatIsNotEmptyAndOneThatIsNone)
{
    auto store = open(data);
    EXPECT_FALSE(back_up(home.path() / "nothing", copy, go_on));
    std::filesystem::create_directories(copy / "something");
    const auto refused = back_up(data, copy, go_on);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("not empty"), std::string::npos);
}

}  // namespace
}  // namespace tidegate::store
