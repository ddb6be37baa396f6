#include "web/accounts/account_rows.hpp"

#include <nlohmann/json.hpp>

namespace tidegate::web::rows {

// role: as its name; read, write: JSON lists of filters.
const char* const schema = R"(
    CREATE TABLE user(name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, role TEXT NOT NULL, read TEXT NOT NULL,
                      write TEXT NOT NULL, created_ms INTEGER NOT NULL, last_login_ms INTEGER NOT NULL);
    CREATE TABLE token(id TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
                       read TEXT NOT NULL, write TEXT NOT NULL, created_ms INTEGER NOT NULL, by TEXT NOT NULL,
                       expires_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL);
    CREATE TABLE session(id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, created_ms INTEGER NOT NULL,
                         seen_ms INTEGER NOT NULL);
    CREATE TABLE setup(code TEXT NOT NULL, made_ms INTEGER NOT NULL);
    CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, who TEXT NOT NULL,
                       by TEXT NOT NULL, origin TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL,
                       result TEXT NOT NULL, detail TEXT NOT NULL);
)";

namespace {

using nlohmann::json;
using store::Database;
using store::Statement;

std::string text_of(const Scope& scope)
{
    return json(scope.filters).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Of a damaged file nothing is taken for a permission.
Scope scope_of(std::string_view text)
{
    const auto list = json::parse(text, nullptr, false);
    Scope scope;
    if (!list.is_array()) return scope;
    for (const auto& one : list)
        if (one.is_string()) scope.filters.push_back(one.get<std::string>());
    return scope;
}

template <class Take>
Result<> for_each(Database& database, std::string_view sql, const Take& take)
{
    auto found = database.prepare(sql);
    if (!found) return found.error();
    for (;;) {
        const auto row = found->step();
        if (!row) return row.error();
        if (!*row) return {};
        take(*found);
    }
}

std::string text_at(const Statement& row, int column)
{
    return std::string(row.blob(column));
}

User user_at(const Statement& row)
{
    User user;
    user.name = row.blob(0);
    user.password = row.blob(1);
    user.role = role_named(row.blob(2)).value_or(Role::none);
    user.read = scope_of(row.blob(3));
    user.write = scope_of(row.blob(4));
    user.created_ms = row.integer(5);
    user.last_login_ms = row.integer(6);
    return user;
}

Token token_at(const Statement& row)
{
    Token token;
    token.id = row.blob(0);
    token.secret = row.blob(1);
    token.name = row.blob(2);
    token.role = role_named(row.blob(3)).value_or(Role::none);
    token.read = scope_of(row.blob(4));
    token.write = scope_of(row.blob(5));
    token.created_ms = row.integer(6);
    token.by = row.blob(7);
    token.expires_ms = row.integer(8);
    token.last_used_ms = row.integer(9);
    return token;
}

}  // namespace

Result<> load(Database& database, AccountRows& into)
{
    into = {};
    auto done = for_each(database,
                         "SELECT name, password, role, read, write, created_ms, last_login_ms FROM user "
                         "ORDER BY name",
                         [&](const Statement& row) { into.users.push_back(user_at(row)); });
    if (!done) return done;
    done = for_each(database,
                    "SELECT id, secret, name, role, read, write, created_ms, by, expires_ms, last_used_ms "
                    "FROM token ORDER BY created_ms, id",
                    [&](const Statement& row) { into.tokens.push_back(token_at(row)); });
    if (!done) return done;
    done = for_each(database, "SELECT id, user, created_ms, seen_ms FROM session", [&](const Statement& row) {
        into.sessions.push_back({text_at(row, 0), text_at(row, 1), row.integer(2), row.integer(3)});
    });
    if (!done) return done;
    return for_each(database, "SELECT code, made_ms FROM setup", [&](const Statement& row) {
        into.code = SetupCode{text_at(row, 0), row.integer(1)};
    });
}

Result<> insert(Database& database, const User& user, bool replace)
{
    return run(database,
               std::string(replace ? "INSERT OR REPLACE" : "INSERT") +
                   " INTO user(name, password, role, read, write, created_ms, last_login_ms) "
                   "VALUES(?, ?, ?, ?, ?, ?, ?)",
               user.name, user.password, to_string(user.role), text_of(user.read), text_of(user.write),
               user.created_ms, user.last_login_ms);
}

Result<> insert(Database& database, const Token& token)
{
    return run(
        database,
        "INSERT INTO token(id, secret, name, role, read, write, created_ms, by, expires_ms, last_used_ms) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        token.id, token.secret, token.name, to_string(token.role), text_of(token.read), text_of(token.write),
        token.created_ms, token.by, token.expires_ms, token.last_used_ms);
}

Result<> insert(Database& database, const Session& session)
{
    return run(database, "INSERT OR REPLACE INTO session(id, user, created_ms, seen_ms) VALUES(?, ?, ?, ?)",
               session.id, session.user, session.created_ms, session.seen_ms);
}

Result<> insert(Database& database, const AuditEntry& entry)
{
    return run(database,
               "INSERT INTO audit(at_ms, who, by, origin, what, subject, result, detail) "
               "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
               entry.at_ms, entry.who, entry.by, entry.from, entry.what, entry.on, entry.result,
               entry.detail);
}

Result<std::vector<AuditEntry>> audit(Database& database, std::uint64_t before, std::size_t limit)
{
    auto found = database.prepare(
        "SELECT id, at_ms, who, by, origin, what, subject, result, detail FROM audit "
        "WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2");
    if (!found) return found.error();
    found->bind(1, static_cast<std::int64_t>(before));
    found->bind(2, static_cast<std::int64_t>(limit));
    std::vector<AuditEntry> entries;
    for (;;) {
        const auto row = found->step();
        if (!row) return row.error();
        if (!*row) return entries;
        const auto& at = *found;
        entries.push_back({static_cast<std::uint64_t>(at.integer(0)), at.integer(1), text_at(at, 2),
                           text_at(at, 3), text_at(at, 4), text_at(at, 5), text_at(at, 6), text_at(at, 7),
                           text_at(at, 8)});
    }
}

}  // namespace tidegate::web::rows
