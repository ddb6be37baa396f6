#pragma once

#include "base/error.hpp"
#include "store/side_file.hpp"
#include "web/accounts/identity.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is written down about accounts. Times are of the wall clock.
namespace tidegate::web {

struct User {
    std::string name;
    std::string password;  // its hash
    Role role = Role::viewer;
    Scope read = Scope::everything(), write = Scope::everything();
    std::int64_t created_ms = 0;
    std::int64_t last_login_ms = 0;  // 0: never
};

struct Token {
    std::string id;
    std::string secret;  // its fingerprint
    std::string name;
    Role role = Role::viewer;
    Scope read = Scope::everything(), write;
    std::int64_t created_ms = 0;
    std::string by;                 // who made it
    std::int64_t expires_ms = 0;    // 0: never
    std::int64_t last_used_ms = 0;  // to an hour; 0: never
};

struct Session {
    std::string id;  // fingerprint of the cookie's secret
    std::string user;
    std::int64_t created_ms = 0;
    std::int64_t seen_ms = 0;  // to ten minutes
};

struct SetupCode {
    static constexpr std::int64_t lives_ms = 30 * 60 * 1000;

    std::string code;
    std::int64_t made_ms = 0;
};

struct AccountRows {
    std::vector<User> users;
    std::vector<Token> tokens;
    std::vector<Session> sessions;
    std::optional<SetupCode> code;
};

// Who did what.
struct AuditEntry {
    std::uint64_t id = 0;  // given by note()
    std::int64_t at_ms = 0;
    std::string who{}, by{}, from{};  // name, means, address
    std::string what{}, on{}, result{}, detail{};
};

bool good_user_name(std::string_view name);  // 1 to 32 of a-z 0-9 . _ -

// accounts.db (mode 0600): users, tokens, sessions, the setup code, and what was done. Shared by the gateway
// and the commands beside it. No password and no secret is in it, but for the setup code, which is worth
// something only until the gateway is claimed. Any thread; each call reads or writes the file. Errors: full,
// denied, unavailable, and those that are said.
class AccountBook {
public:
    static constexpr std::int64_t audit_kept = 10'000;

    explicit AccountBook(const std::filesystem::path& directory);

    Result<AccountRows> load();
    Result<bool> changed();  // by another process, since load()

    // Errors: invalid: there is one of this name.
    Result<> add_user(const User& user);
    // Likewise, and there is an admin already (denied). The setup code goes.
    Result<> claim(const User& user);
    // By name; its sessions end unless `keep` is one of them. Errors: not_found; invalid: it is the last
    // admin and would be none any more.
    Result<> change_user(const User& user, std::string_view keep = {});
    Result<> remove_user(const std::string& name);
    Result<> note_login(const std::string& user, std::int64_t now_ms, const std::string& new_hash);

    Result<> add_token(const Token& token);
    Result<> remove_token(const std::string& id);  // not_found

    Result<> put_session(const Session& session);
    Result<> remove_session(const std::string& id);
    Result<> remove_sessions(const std::string& user);
    // What was seen since, and those that are over.
    Result<> tidy(const std::vector<Session>& seen,
                  const std::vector<std::pair<std::string, std::int64_t>>& tokens_used,
                  std::int64_t idle_before_ms,
                  std::int64_t made_before_ms);

    Result<> put_setup_code(const SetupCode& code);

    Result<> note(const AuditEntry& entry);
    // The newest first; with ids below `before` unless that is 0.
    Result<std::vector<AuditEntry>> audit(std::uint64_t before, std::size_t limit);

private:
    using Work = std::function<Result<>(store::Database&)>;
    Result<> use(const Work& work);
    Result<> transact(const Work& work);

    std::filesystem::path file_name_;
    std::mutex mutex_;  // of the file
    store::SideFile file_;
    std::int64_t seen_version_ = -1;  // of the file, as SQLite counts
};

}  // namespace tidegate::web
