// Whether the model of a power cut can tell a database that is safe from one that is not: else its silence
// over the store would mean nothing.
#include "support/crash_vfs.hpp"

#include "support/ledger.hpp"
#include "support/memory_dir.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <iostream>

namespace tidegate::tests {
namespace {

constexpr int commits = 120;
constexpr int cuts = 200;

void run(sqlite3* database, const std::string& sql)
{
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
}

// How many rows there are; -1: it cannot be read.
int count_rows(const std::filesystem::path& file)
{
    sqlite3* database = nullptr;
    int count = -1;
    const auto take = [](void* to, int, char** columns, char**) {
        *static_cast<int*>(to) = std::atoi(columns[0]);
        return 0;
    };
    if (sqlite3_open(file.c_str(), &database) == SQLITE_OK)
        sqlite3_exec(database, "SELECT count(*) FROM t", take, &count, nullptr);
    sqlite3_close(database);
    return count;
}

// The operations after which each commit had returned, and all of the operations.
struct Life {
    std::vector<std::size_t> committed;
    std::vector<DiskOp> ops;
};

Life live(const std::filesystem::path& directory, const std::string& synchronous)
{
    CrashVfs vfs(directory);
    Life life;
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open((directory / "t.db").c_str(), &database), SQLITE_OK);
    run(database, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=20; CREATE TABLE t(b BLOB)");
    run(database, "PRAGMA synchronous=" + synchronous);
    for (int i = 0; i < commits; ++i) {
        run(database, "INSERT INTO t VALUES(randomblob(6000))");
        life.committed.push_back(vfs.position());
    }
    sqlite3_close(database);
    life.ops = vfs.take();
    return life;
}

struct Outcome {
    int damaged = 0;
    int lost = 0;  // cuts that cost commits
};

Outcome cut(const std::string& synchronous)
{
    keep_temp_dirs_in_memory();
    const TempDir home;
    const TempDir empty;
    const auto life = live(home.path(), synchronous);
    Disk disk(empty.path());
    std::mt19937_64 random(7);
    std::size_t done = 0;
    Outcome outcome;
    for (std::size_t i = 0; i < cuts; ++i) {
        const auto from = life.committed.front();
        const auto position = from + (life.ops.size() - from) * i / cuts;
        while (done < position) disk.apply(life.ops[done++]);
        const TempDir directory;
        disk.put_out(static_cast<Loss>(random() % 5), random, directory.path());
        const auto rows = count_rows(directory / "t.db");
        const auto due = std::upper_bound(life.committed.begin(), life.committed.end(), position);
        if (rows < 0 || !quick_check(directory.path()).empty())
            ++outcome.damaged;
        else if (rows < due - life.committed.begin())
            ++outcome.lost;
    }
    std::cout << "control, synchronous=" << synchronous << ": " << cuts << " cuts, " << outcome.damaged
              << " damaged, " << outcome.lost << " with loss" << std::endl;
    return outcome;
}

TEST(CrashVfs, LosesNothingThatSqliteSynced)
{
    const auto outcome = cut("FULL");
    EXPECT_EQ(outcome.damaged, 0);
    EXPECT_EQ(outcome.lost, 0);
}

TEST(CrashVfs, LosesCommitsThatAreNotSyncedButDamagesNothing)
{
    const auto outcome = cut("NORMAL");
    EXPECT_EQ(outcome.damaged, 0);
    EXPECT_GT(outcome.lost, cuts / 4);
}

TEST(CrashVfs, DamagesADatabaseThatNeverSyncs)
{
    EXPECT_GT(cut("OFF").damaged, cuts / 10);
}

}  // namespace
}  // namespace tidegate::tests
