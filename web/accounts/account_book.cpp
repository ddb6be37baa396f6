#include "web/accounts/account_book.hpp"

#include "base/log.hpp"
#include "web/accounts/account_rows.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>

namespace tidegate::web {

using store::Database;

namespace {

constexpr std::size_t longest_name = 32;
constexpr auto is_last_admin = "This is the last admin: make another one first.";

// SQLite would make it readable for all. A command that root runs makes what is the directory's owner's.
void make_private(const std::filesystem::path& file)
{
    struct stat directory {};
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return;  // SQLite says why
    if (::geteuid() == 0 && ::stat(file.parent_path().c_str(), &directory) == 0)
        if (::fchown(descriptor, directory.st_uid, directory.st_gid) != 0)
            log::warning("accounts.db is root's");
    ::fchmod(descriptor, 0600);
    ::close(descriptor);
}

Result<std::int64_t> count(Database& database, const std::string& sql, const std::string& text)
{
    auto row = database.prepare(sql);
    if (!row) return row.error();
    row->bind_text(1, text);
    const auto there = row->step();
    if (!there) return there.error();
    return *there ? row->integer(0) : 0;
}

// Whether `name` is there (not_found), and another one is an admin, or it is none (invalid).
Result<> may_go(Database& database, const std::string& name)
{
    const auto there = count(database, "SELECT count(*) FROM user WHERE name = ?", name);
    if (!there) return there.error();
    if (*there == 0) return Error{ErrorKind::not_found, fmt::format("There is no user {}.", name)};
    const auto others = count(database, "SELECT count(*) FROM user WHERE role = 'admin' AND name <> ?", name);
    const auto is_one = count(database, "SELECT count(*) FROM user WHERE role = 'admin' AND name = ?", name);
    if (!others || !is_one) return others ? is_one.error() : others.error();
    if (*is_one == 1 && *others == 0) return Error{ErrorKind::invalid, is_last_admin};
    return {};
}

}  // namespace

bool good_user_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

AccountBook::AccountBook(const std::filesystem::path& directory)
    : file_name_(directory / "accounts.db"),
      file_(file_name_,
            {.version = rows::version,
             .schema = rows::schema,
             .tables = {"user", "token", "session", "setup", "audit"},
             .load = [](Database&) -> Result<> { return {}; }})
{
}

Result<> AccountBook::use(const Work& work)
{
    if (!file_.exists()) make_private(file_name_);
    return file_.use(work);
}

Result<> AccountBook::transact(const Work& work)
{
    const std::scoped_lock lock(mutex_);
    return use([&](Database& database) -> Result<> {
        auto transaction = store::Transaction::begin(database);
        if (!transaction) return transaction.error();
        if (auto done = work(database); !done) return done;
        return transaction->commit();
    });
}

Result<AccountRows> AccountBook::load()
{
    AccountRows found;
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return found;
    auto done = use([&](Database& database) -> Result<> {
        const auto version = database.integer("PRAGMA data_version");  // first: rather once too often
        if (!version) return version.error();
        seen_version_ = *version;
        return rows::load(database, found);
    });
    if (!done) return done.error();
    return found;
}

Result<bool> AccountBook::changed()
{
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return false;
    bool differs = false;
    auto done = use([&](Database& database) -> Result<> {
        const auto version = database.integer("PRAGMA data_version");
        if (!version) return version.error();
        differs = *version != seen_version_;
        return {};
    });
    if (!done) return done.error();
    return differs;
}

Result<> AccountBook::add_user(const User& user)
{
    return transact([&](Database& database) -> Result<> {
        const auto there = count(database, "SELECT count(*) FROM user WHERE name = ?", user.name);
        if (!there) return there.error();
        if (*there != 0)
            return Error{ErrorKind::invalid, fmt::format("There is a user {} already.", user.name)};
        return rows::insert(database, user, false);
    });
}

Result<> AccountBook::claim(const User& user)
{
    return transact([&](Database& database) -> Result<> {
        const auto admins = database.integer("SELECT count(*) FROM user WHERE role = 'admin'");
        if (!admins) return admins.error();
        if (*admins != 0) return Error{ErrorKind::denied, "This gateway is claimed already."};
        if (auto done = rows::insert(database, user, true); !done) return done;
        return database.execute("DELETE FROM setup");
    });
}

Result<> AccountBook::change_user(const User& user, std::string_view keep)
{
    return transact([&](Database& database) -> Result<> {
        auto allowed = may_go(database, user.name);
        const bool stays = user.role == Role::admin;
        if (!allowed && (allowed.error().kind != ErrorKind::invalid || !stays)) return allowed;
        if (auto done = rows::insert(database, user, true); !done) return done;
        return rows::run(database, "DELETE FROM session WHERE user = ? AND id <> ?", user.name, keep);
    });
}

Result<> AccountBook::remove_user(const std::string& name)
{
    return transact([&](Database& database) -> Result<> {
        if (auto allowed = may_go(database, name); !allowed) return allowed;
        if (auto done = rows::run(database, "DELETE FROM session WHERE user = ?", name); !done) return done;
        return rows::run(database, "DELETE FROM user WHERE name = ?", name);
    });
}

Result<> AccountBook::note_login(const std::string& user, std::int64_t now_ms, const std::string& new_hash)
{
    return transact([&](Database& database) -> Result<> {
        constexpr auto sql =
            "UPDATE user SET last_login_ms = ?1, password = CASE ?2 WHEN '' THEN password ELSE ?2 END "
            "WHERE name = ?3";
        return rows::run(database, sql, now_ms, new_hash, user);
    });
}

Result<> AccountBook::add_token(const Token& token)
{
    return transact([&](Database& database) { return rows::insert(database, token); });
}

Result<> AccountBook::remove_token(const std::string& id)
{
    return transact([&](Database& database) -> Result<> {
        const auto there = count(database, "SELECT count(*) FROM token WHERE id = ?", id);
        if (!there) return there.error();
        if (*there == 0)
            return Error{ErrorKind::not_found, "There is no token of this id; see `tidegate token list`."};
        return rows::run(database, "DELETE FROM token WHERE id = ?", id);
    });
}

Result<> AccountBook::put_session(const Session& session)
{
    return transact([&](Database& database) { return rows::insert(database, session); });
}

Result<> AccountBook::remove_session(const std::string& id)
{
    return transact(
        [&](Database& database) { return rows::run(database, "DELETE FROM session WHERE id = ?", id); });
}

Result<> AccountBook::remove_sessions(const std::string& user)
{
    return transact(
        [&](Database& database) { return rows::run(database, "DELETE FROM session WHERE user = ?", user); });
}

Result<> AccountBook::tidy(const std::vector<Session>& seen,
                           const std::vector<std::pair<std::string, std::int64_t>>& tokens_used,
                           std::int64_t idle_before_ms,
                           std::int64_t made_before_ms)
{
    return transact([&](Database& database) -> Result<> {
        constexpr auto of_session = "UPDATE session SET seen_ms = ? WHERE id = ?";
        constexpr auto of_token = "UPDATE token SET last_used_ms = ? WHERE id = ?";
        for (const auto& session : seen)
            if (auto done = rows::run(database, of_session, session.seen_ms, session.id); !done) return done;
        for (const auto& [id, used_ms] : tokens_used)
            if (auto done = rows::run(database, of_token, used_ms, id); !done) return done;
        return rows::run(database, "DELETE FROM session WHERE seen_ms < ? OR created_ms < ?", idle_before_ms,
                         made_before_ms);
    });
}

Result<> AccountBook::put_setup_code(const SetupCode& code)
{
    return transact([&](Database& database) -> Result<> {
        if (auto done = database.execute("DELETE FROM setup"); !done) return done;
        return rows::run(database, "INSERT INTO setup(code, made_ms) VALUES(?, ?)", code.code, code.made_ms);
    });
}

Result<> AccountBook::note(const AuditEntry& entry)
{
    return transact([&](Database& database) -> Result<> {
        if (auto done = rows::insert(database, entry); !done) return done;
        return rows::run(database, "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?",
                         audit_kept);
    });
}

Result<std::vector<AuditEntry>> AccountBook::audit(std::uint64_t before, std::size_t limit)
{
    std::vector<AuditEntry> found;
    const std::scoped_lock lock(mutex_);
    if (!file_.exists()) return found;
    auto done = use([&](Database& database) -> Result<> {
        auto read = rows::audit(database, before, limit);
        if (!read) return read.error();
        found = std::move(*read);
        return {};
    });
    if (!done) return done.error();
    return found;
}

}  // namespace tidegate::web
