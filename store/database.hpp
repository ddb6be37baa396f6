#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_file;
struct sqlite3_stmt;

namespace tidegate::store {

// One prepared statement. Bind from 1, step, read columns from 0; reset() before the next use.
class Statement {
public:
    Statement() = default;
    explicit operator bool() const { return raw_ != nullptr; }

    void bind(int index, std::int64_t value);
    void bind_text(int index, std::string_view value);
    void bind_blob(int index, std::string_view value);  // `value` must live until reset()

    Result<bool> step();  // true: a row is there; false: done
    void reset();
    Result<> run();  // step() to the end and reset(); for statements that give no rows

    std::int64_t integer(int column) const;
    std::string_view blob(int column) const;  // also of text; valid until the next step() or reset()
    int columns() const;
    void bind_column(int index, const Statement& row, int column);  // the value as it is, of any type

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* raw) : raw_(raw) {}

    std::unique_ptr<sqlite3_stmt, Finalize> raw_;
};

enum class Access {
    read_write,
    read_only,
    damaged,  // read-only, as far as it goes: a schema that is damaged in part, a file that was cut off
};

// How a commit is made safe. `wal` for many small commits. `rollback` where pages are only added: each is
// written once, and not to a WAL first.
enum class Journal { wal, rollback };

// One SQLite connection, with what every file of the store has in common (docs/store-format.md).
// Used by one thread at a time.
class Database {
public:
    Database() = default;

    // `page_size` counts only when the file is made. A file that is there can be read on a full disk
    // and on a read-only one as well.
    // Errors: unavailable, denied, corrupt, full.
    static Result<Database> open(const std::filesystem::path& file, Access access, int page_size = 4096);

    Result<Statement> prepare(std::string_view sql);
    Result<> execute(const std::string& sql);
    Result<std::int64_t> integer(const std::string& sql);  // first column of the first row; 0 without a row
    bool read_failed() const;  // the last call: the disk did not give bytes that it holds

    // Makes the schema of `version` by `sql`, in one transaction, in a new file; refuses a file of any other
    // version untouched.
    Result<> migrate(int version, const std::string& sql, Journal journal = Journal::wal);

    // It was opened on a read-only file system, as what does not change: to be opened anew once that is over.
    // So is one that is not open at all.
    bool frozen() const { return frozen_ || !raw_; }

    // Makes this one a copy of another, a few pages at a time, while others write to it. `go_on` is asked
    // between; false from it ends the copy (unavailable).
    Result<> copy_from(Database& other, const std::function<bool()>& go_on);

    // Keeps the WAL file at its length when the last connection closes.
    void keep_wal();

    // Leaves checkpoints to the caller, who is then told when one fails; SQLite's own keeps that to itself.
    void checkpoint_by_hand();

    // By hand only: how many frames the WAL had after the last commit; 0 after a whole checkpoint.
    std::uint32_t wal_frames() const { return wal_frames_ ? *wal_frames_ : 0; }

    // Moves what no reader holds back from the WAL into the file, and onto the disk.
    struct Checkpoint {
        std::uint32_t frames = 0;  // moved so far
        bool whole = false;        // all there are: the next commit begins the WAL anew
    };
    Result<Checkpoint> checkpoint();
    void checkpoint_on_close(bool wanted);

    // For a pass through the whole file: much is read at once. Within one read transaction (nothing that it
    // sees changes meanwhile), or while nobody writes to the file.
    void read_ahead(bool wanted);

    // SQLite's own handles; null where there is none.
    sqlite3_file* main_file();
    sqlite3_file* wal_file();

private:
    struct Close {
        void operator()(sqlite3* connection) const;
    };
    explicit Database(sqlite3* raw) : raw_(raw) {}

    static Result<Database> open_by(
        const char* vfs, const std::string& name, int mode, const std::string& setup, bool& no_index);
    static Result<Database> open_at_need(const std::filesystem::path& file,
                                         int mode,
                                         const std::string& setup);
    bool has_no_index() const;

    bool frozen_ = false;
    std::unique_ptr<std::uint32_t> wal_frames_;  // SQLite writes it; outlives the connection
    std::unique_ptr<sqlite3, Close> raw_;
};

// BEGIN IMMEDIATE now; ROLLBACK unless commit() succeeded.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace tidegate::store
