#include "store/salvage.hpp"

#include "store/checksum.hpp"
#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

namespace fs = std::filesystem;
using tests::read_bytes;
using tests::run_sql;
using tests::write_bytes;

constexpr std::int64_t rows = 600;
constexpr std::size_t page = 1024;
constexpr auto schema =
    "CREATE TABLE round(n INTEGER PRIMARY KEY, t INTEGER);"
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY, n INTEGER, b BLOB);";

std::string blob_of(std::int64_t id)
{
    auto text = std::to_string(id) + ":";
    while (text.size() < 200)
        text += static_cast<char>('a' + (id + static_cast<std::int64_t>(text.size())) % 26);
    return text;
}

struct SalvageTest : testing::Test {
    // Sealed chunks as a store has them: keys far apart, in the order of time.
    static std::int64_t id_of(std::int64_t i) { return (i / 20) << 40 | (i % 20) << 16; }

    void SetUp() override
    {
        auto database = Database::open(file, Access::read_write, page);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->migrate(3, schema));
        ASSERT_TRUE(database->execute("BEGIN; INSERT INTO round VALUES(1, 100), (2, 200)"));
        auto insert = database->prepare("INSERT INTO chunk VALUES(?, 1, ?)");
        ASSERT_TRUE(insert);
        for (std::int64_t i = 0; i < rows; ++i) {
            const auto blob = blob_of(id_of(i));
            insert->bind(1, id_of(i));
            insert->bind_blob(2, blob);
            ASSERT_TRUE(insert->run());
        }
        ASSERT_TRUE(database->execute("COMMIT"));
    }

    SalvagePlan plan() const
    {
        SalvagePlan plan{3, page, schema, {}, {}};
        plan.tables = {{"round", {}}, {"chunk", [](const Statement& row) {
                                           return row.blob(3) == blob_of(row.integer(0));
                                       }}};
        return plan;
    }

    // Of pages that hold rows of a table, the k-th.
    std::size_t leaf(const std::string& bytes, int k) const
    {
        for (std::size_t at = page; at < bytes.size(); at += page)
            if (bytes[at] == 0x0d && k-- == 0) return at;
        throw std::runtime_error("so many leaves there are not");
    }

    std::vector<std::string> ids() const { return run_sql(file, "SELECT id FROM chunk ORDER BY id"); }

    tests::TempDir directory;
    fs::path file = directory.path() / "day-20261124.db";
};

TEST_F(SalvageTest, KeepsAllOfASoundFileAndSetsTheOldOneAsideAsItWas)
{
    const auto before = read_bytes(file);
    const auto done = salvage(file, plan());
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->kept, static_cast<std::uint64_t>(rows) + 2);
    EXPECT_EQ(done->lost, 0U);
    EXPECT_TRUE(done->ends_read);
    EXPECT_EQ(done->aside.parent_path(), directory.path() / "quarantine");
    EXPECT_TRUE(done->aside.filename().string().starts_with("day-20261124.db-"));
    EXPECT_TRUE(read_bytes(done->aside) == before);
    EXPECT_EQ(ids().size(), static_cast<std::size_t>(rows));
    EXPECT_EQ(run_sql(file, "PRAGMA user_version").at(0), "3");
    EXPECT_EQ(run_sql(file, "PRAGMA page_size").at(0), std::to_string(page));
    EXPECT_EQ(run_sql(file, "PRAGMA quick_check").at(0), "ok");
}

TEST_F(SalvageTest, LosesOnlyTheRowsOfPagesThatAreGone)
{
    auto bytes = read_bytes(file);
    constexpr int gone = 5;
    for (const int k : {3, 20, 21, 60, 110}) bytes.replace(leaf(bytes, k), page, page, '\xff');
    write_bytes(file, bytes);
    const auto done = salvage(file, plan());
    ASSERT_TRUE(done) << done.error().what;
    const auto kept = ids();
    EXPECT_GE(kept.size(), static_cast<std::size_t>(rows) - gone * page / 200);
    EXPECT_LT(kept.size(), static_cast<std::size_t>(rows));
    EXPECT_EQ(done->kept, kept.size() + 2);
    EXPECT_GE(done->lost, 4U) << "two of the pages are neighbours";
    EXPECT_TRUE(done->ends_read);
    EXPECT_EQ(kept.front(), std::to_string(id_of(0)));
    EXPECT_EQ(kept.back(), std::to_string(id_of(rows - 1)));
    EXPECT_EQ(run_sql(file, "PRAGMA quick_check").at(0), "ok");
}

TEST_F(SalvageTest, SaysThatTheEndIsNotKnown)
{
    auto bytes = read_bytes(file);
    bytes.resize(bytes.size() - 3 * page);
    write_bytes(file, bytes);
    const auto done = salvage(file, plan());
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_FALSE(done->ends_read);
    EXPECT_GE(ids().size(), static_cast<std::size_t>(rows) - 5 * page / 200);
}

TEST_F(SalvageTest, KeepsNoRowThatTheCheckRefuses)
{
    const auto spoilt = std::to_string(id_of(77));
    run_sql(file, "UPDATE chunk SET b = 'other' WHERE id = " + spoilt);
    const auto done = salvage(file, plan());
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->lost, 1U);
    const auto kept = ids();
    EXPECT_EQ(kept.size(), static_cast<std::size_t>(rows) - 1);
    EXPECT_EQ(std::count(kept.begin(), kept.end(), spoilt), 0);
}

TEST_F(SalvageTest, ReadsTheWalAndSetsItAsideToo)
{
    sqlite3* holder = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &holder), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(holder, "INSERT INTO round VALUES(3, 300)", nullptr, nullptr, nullptr), SQLITE_OK);
    const auto copy = directory.path() / "copy.db";
    fs::copy(file, copy);
    fs::copy(file.string() + "-wal", copy.string() + "-wal");
    sqlite3_close(holder);
    const auto wal = read_bytes(copy.string() + "-wal");

    const auto done = salvage(copy, plan());
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(run_sql(copy, "SELECT max(n) FROM round").at(0), "3");
    EXPECT_TRUE(read_bytes(done->aside.string() + "-wal") == wal);
}

TEST_F(SalvageTest, MakesAnEmptyFileOfGarbage)
{
    write_bytes(file, std::string(20'000, 'x'));
    const auto done = salvage(file, plan());
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->kept, 0U);
    EXPECT_FALSE(done->ends_read);
    EXPECT_EQ(ids().size(), 0U);
}

TEST_F(SalvageTest, IsFinishedWhenItWasCutShortBehindTheMove)
{
    const fs::path salvaged = file.string() + "-salvaged";
    fs::copy(file, salvaged);
    fs::rename(file, directory.path() / "elsewhere");
    write_bytes(file.string() + "-wal", "of the file that went");
    ASSERT_TRUE(finish_salvage(file));
    EXPECT_EQ(ids().size(), static_cast<std::size_t>(rows));
    EXPECT_FALSE(fs::exists(salvaged));
    EXPECT_FALSE(fs::exists(file.string() + "-wal"));
}

TEST_F(SalvageTest, IsUndoneWhenItWasCutShortBeforeTheMove)
{
    const fs::path salvaged = file.string() + "-salvaged";
    write_bytes(salvaged, "half of it");
    ASSERT_TRUE(finish_salvage(file));
    EXPECT_FALSE(fs::exists(salvaged));
    EXPECT_EQ(ids().size(), static_cast<std::size_t>(rows));
    EXPECT_FALSE(fs::exists(directory.path() / "quarantine"));
}

}  // namespace
}  // namespace tidegate::store
