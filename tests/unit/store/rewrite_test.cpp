#include "store/rewrite.hpp"

#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

struct RewriteTest : testing::Test {
    void SetUp() override
    {
        auto opened = Database::open(file, Access::read_write, 512);
        ASSERT_TRUE(opened);
        database = std::move(*opened);
        ASSERT_TRUE(database.migrate(1, "CREATE TABLE t(b BLOB)"));
        ASSERT_TRUE(database.checkpoint());
        database.checkpoint_by_hand();
        for (int i = 0; i < 20; ++i) insert();
    }
    void insert() { ASSERT_TRUE(database.execute("INSERT INTO t VALUES(randomblob(700))")); }
    std::string wal() const { return tests::read_bytes(file.string() + "-wal"); }

    tests::TempDir directory;
    std::filesystem::path file = directory.path() / "t.db";
    Database database;
};

TEST_F(RewriteTest, GoesThroughEveryFrameAndChangesNothing)
{
    const auto frames = database.wal_frames();
    ASSERT_GT(frames, 20U);
    const auto before = wal();
    const auto done = rewrite_wal(database, 0, frames);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(*done, frames);
    EXPECT_TRUE(wal() == before);
    EXPECT_EQ(*rewrite_wal(database, 5, 10), 10U);
    EXPECT_TRUE(wal() == before);
    EXPECT_EQ(tests::run_sql(file, "PRAGMA integrity_check; SELECT count(*) FROM t"),
              (std::vector<std::string>{"ok", "20"}));
}

TEST_F(RewriteTest, EndsWhereAFrameIsNotWhatWasWritten)
{
    auto bytes = wal();
    constexpr std::size_t frame = 24 + 512;
    bytes[32 + 7 * frame + 100] ^= 1;  // in the eighth
    tests::write_bytes(file.string() + "-wal", bytes);
    EXPECT_EQ(*rewrite_wal(database, 0, database.wal_frames()), 7U);
}

TEST_F(RewriteTest, TakesAnEarlierRoundOfTheWalForItsEnd)
{
    const auto frames = database.wal_frames();
    const auto moved = database.checkpoint();
    ASSERT_TRUE(moved);
    EXPECT_TRUE(moved->whole);
    EXPECT_EQ(database.wal_frames(), 0U);
    insert();
    ASSERT_LT(database.wal_frames(), frames);
    EXPECT_EQ(*rewrite_wal(database, 0, frames), database.wal_frames());
}

TEST_F(RewriteTest, PutsPagesBackAsACheckpointDid)
{
    const auto frames = database.wal_frames();
    ASSERT_TRUE(database.checkpoint());
    const auto before = tests::read_bytes(file);
    ASSERT_TRUE(rewrite_pages(database, frames));
    EXPECT_TRUE(tests::read_bytes(file) == before);
    EXPECT_EQ(tests::run_sql(file, "PRAGMA integrity_check").at(0), "ok");
}

}  // namespace
}  // namespace tidegate::store
