#include "store/database.hpp"

#include "store/wear.hpp"

#include <sqlite3.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::store {

namespace {

ErrorKind kind_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return ErrorKind::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return ErrorKind::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM: return ErrorKind::denied;
    default: return ErrorKind::internal;
    }
}

Error error_from(sqlite3* connection, std::string_view attempted)
{
    const char* file = sqlite3_db_filename(connection, "main");
    return {kind_of(sqlite3_extended_errcode(connection)),
            fmt::format("{}: {} ({})", file != nullptr ? file : "", sqlite3_errmsg(connection), attempted)};
}

// Debian compiles secure_delete in: it would write every freed page again. auto_vacuum costs on each append.
constexpr auto common_pragmas =
    "PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-2048";

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

void Statement::bind(int index, std::int64_t value)
{
    sqlite3_bind_int64(raw_.get(), index, value);
}

void Statement::bind_text(int index, std::string_view value)
{
    // A view of nothing is an empty text; SQLite would take its pointer for NULL, which equals nothing.
    const char* text = value.data() != nullptr ? value.data() : "";
    sqlite3_bind_text64(raw_.get(), index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind_blob(int index, std::string_view value)
{
    sqlite3_bind_blob64(raw_.get(), index, value.data(), value.size(), SQLITE_STATIC);
}

Result<bool> Statement::step()
{
    const int code = sqlite3_step(raw_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return error_from(sqlite3_db_handle(raw_.get()), sqlite3_sql(raw_.get()));
}

void Statement::reset()
{
    sqlite3_reset(raw_.get());
}

Result<> Statement::run()
{
    auto stepped = step();
    reset();
    if (!stepped) return stepped.error();
    return {};
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(raw_.get(), column);
}

std::string_view Statement::blob(int column) const
{
    const auto* data = static_cast<const char*>(sqlite3_column_blob(raw_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column))};
}

int Statement::columns() const
{
    return sqlite3_column_count(raw_.get());
}

void Statement::bind_column(int index, const Statement& row, int column)
{
    sqlite3_bind_value(raw_.get(), index, sqlite3_column_value(row.raw_.get(), column));
}

void Database::Close::operator()(sqlite3* connection) const
{
    sqlite3_close_v2(connection);
}

// The file beside the WAL that its index is in cannot be made.
bool Database::has_no_index() const
{
    const int code = sqlite3_extended_errcode(raw_.get());
    return code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMOPEN || code == SQLITE_IOERR_SHMMAP ||
           code == SQLITE_FULL;
}

namespace {

bool on_read_only_disk(const std::filesystem::path& file)
{
    struct statvfs status {};
    return ::statvfs(file.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

std::string immutable_uri(const std::filesystem::path& file)
{
    std::string uri = "file:";
    for (const char c : file.string())
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
        else
            uri += c;
    return uri + "?immutable=1";
}

}  // namespace

// Opens it and reads from it. `no_index`: it failed for want of the file that the WAL's index is in.
Result<Database> Database::open_by(
    const char* vfs, const std::string& name, int mode, const std::string& setup, bool& no_index)
{
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &raw, mode | SQLITE_OPEN_NOMUTEX, vfs);
    Database database(raw);
    if (code != SQLITE_OK) return error_from(raw, "open");
    sqlite3_busy_timeout(raw, 5000);
    auto done = database.execute(setup + "; PRAGMA user_version");
    if (done) {
        database.frozen_ = sqlite3_db_readonly(raw, "main") == 1;
        return database;
    }
    no_index = database.has_no_index();
    if (no_index) database.checkpoint_on_close(false);
    return done.error();
}

Result<Database> Database::open_at_need(const std::filesystem::path& file, int mode, const std::string& setup)
{
    bool no_index = false;
    auto database = open_by(WearMeter::vfs(), file.string(), mode, setup, no_index);
    // Under another VFS than SQLite's own there are no other ways.
    if (database || sqlite3_vfs_find(nullptr) != sqlite3_vfs_find("unix")) return database;
    const auto kind = database.error().kind;
    if (no_index) return open_by("unix-excl", file.string(), mode, setup, no_index);  // the index in memory
    if ((kind != ErrorKind::unavailable && kind != ErrorKind::denied) || !on_read_only_disk(file))
        return database;
    return open_by(WearMeter::vfs(), immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, setup,
                   no_index);
}

Result<Database> Database::open(const std::filesystem::path& file, Access access, int page_size)
{
    if (access == Access::damaged) {
        // First of all, so that it counts for all else; and a page is looked at before it is trusted.
        const auto lenient = "PRAGMA writable_schema=ON; PRAGMA cell_size_check=ON; " +
                             std::string(common_pragmas) + "; PRAGMA query_only=ON";
        return open_at_need(file, SQLITE_OPEN_READWRITE, lenient);
    }
    // Opened read-write and told to read only: a read-only handle could not recover a WAL that a crash left.
    if (access == Access::read_only)
        return open_at_need(file, SQLITE_OPEN_READWRITE,
                            std::string(common_pragmas) + "; PRAGMA query_only=ON");
    const auto setup =
        fmt::format("PRAGMA page_size={}; PRAGMA auto_vacuum=NONE; {}", page_size, common_pragmas);
    return open_at_need(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, setup);
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &raw, nullptr) != SQLITE_OK) {
        return error_from(raw_.get(), sql);
    }
    return Statement(raw);
}

Result<> Database::execute(const std::string& sql)
{
    if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return error_from(raw_.get(), sql);
    return {};
}

Result<std::int64_t> Database::integer(const std::string& sql)
{
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    auto row = statement->step();
    if (!row) return row.error();
    return *row ? statement->integer(0) : 0;
}

bool Database::read_failed() const
{
    const int code = sqlite3_extended_errcode(raw_.get());
    return code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS;
}

Result<> Database::migrate(int version, const std::string& sql, Journal journal)
{
    auto found = integer("PRAGMA user_version");
    if (!found) return found.error();
    const bool ours = *found == version || *found == 0;
    if (ours && journal == Journal::rollback) {  // not kept in the file: said by each connection that writes
        if (auto done = execute("PRAGMA journal_mode=TRUNCATE"); !done) return done;
    }
    if (*found == version) return {};
    if (*found != 0)
        return Error{
            ErrorKind::denied,
            fmt::format("{}: made by {} Tidegate (schema {}, this one knows {}); it was left untouched: run "
                        "the Tidegate that made it, or start anew in another directory",
                        sqlite3_db_filename(raw_.get(), "main"), *found > version ? "a newer" : "an earlier",
                        *found, version)};
    // Only now, and once for the file's life: a file that is refused stays as it is.
    if (journal == Journal::wal) {
        if (auto done = execute("PRAGMA journal_mode=WAL"); !done) return done;
    }
    auto transaction = Transaction::begin(*this);
    if (!transaction) return transaction.error();
    if (auto done = execute(sql + fmt::format("; PRAGMA user_version={}", version)); !done)
        return done.error();
    return transaction->commit();
}

Result<> Database::copy_from(Database& other, const std::function<bool()>& go_on)
{
    constexpr int pages_a_step = 1024;
    constexpr int busy_pause_ms = 20;
    // One read transaction, so that a writer does not make it start anew.
    if (auto done = other.execute("BEGIN; SELECT count(*) FROM sqlite_schema"); !done) return done;
    struct Finish {
        void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
    };
    const std::unique_ptr<sqlite3_backup, Finish> backup(
        sqlite3_backup_init(raw_.get(), "main", other.raw_.get(), "main"));
    if (!backup) return error_from(raw_.get(), "copy");
    for (;;) {
        const int code = sqlite3_backup_step(backup.get(), pages_a_step);
        if (code == SQLITE_DONE) break;
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            sqlite3_sleep(busy_pause_ms);
        else if (code != SQLITE_OK)
            return Error{kind_of(code), fmt::format("copy: {}", sqlite3_errstr(code))};
        if (!go_on()) return Error{ErrorKind::unavailable, "the copy was stopped"};
    }
    return other.execute("COMMIT");
}

void Database::keep_wal()
{
    int on = 1;
    sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

void Database::checkpoint_by_hand()
{
    wal_frames_ = std::make_unique<std::uint32_t>(0);
    const auto note = [](void* to, sqlite3*, const char*, int frames) {
        *static_cast<std::uint32_t*>(to) = static_cast<std::uint32_t>(frames);
        return SQLITE_OK;
    };
    sqlite3_wal_hook(raw_.get(), note, wal_frames_.get());
}

Result<Database::Checkpoint> Database::checkpoint()
{
    int frames = 0;
    int moved = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(raw_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    if (code != SQLITE_OK) return error_from(raw_.get(), "checkpoint");
    const Checkpoint done{static_cast<std::uint32_t>(std::max(moved, 0)), moved == frames};
    if (done.whole && wal_frames_) *wal_frames_ = 0;
    return done;
}

void Database::checkpoint_on_close(bool wanted)
{
    sqlite3_db_config(raw_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

void Database::read_ahead(bool wanted)
{
    for (auto* file : {main_file(), wal_file()}) store::read_ahead(file, wanted);
}

sqlite3_file* Database::main_file()
{
    sqlite3_file* file = nullptr;
    sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

sqlite3_file* Database::wal_file()
{
    sqlite3_file* file = nullptr;
    sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

Result<Transaction> Transaction::begin(Database& database)
{
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<> Transaction::commit()
{
    auto done = database_->execute("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

}  // namespace tidegate::store
