#pragma once

#include "web/accounts/accounts.hpp"

#include <string>
#include <unordered_map>

namespace tidegate::web {

// What is known of accounts, in memory.
struct Accounts::State {
    struct LiveSession {
        Session session;
        std::int64_t written_ms = 0;  // what the file has for seen_ms
        bool unsaved = false;         // the disk took it not: it is there as long as the process is
    };
    struct LiveToken {
        Token token;
        std::int64_t written_ms = 0;
    };

    bool loaded = false;  // false: the file could not be read yet
    std::map<std::string, User, std::less<>> users;
    std::unordered_map<std::string, LiveToken> tokens;      // by id
    std::unordered_map<std::string, LiveSession> sessions;  // by id
    std::optional<SetupCode> code;
    std::int64_t floor_ms = 0;  // the latest time that was written down: the clock is not before it

    const User* user(std::string_view name) const
    {
        const auto found = users.find(name);
        return found == users.end() ? nullptr : &found->second;
    }
    bool claimed() const
    {
        for (const auto& [name, user] : users)
            if (user.role == Role::admin) return true;
        return !loaded;  // of a file that cannot be read nobody can say that it is nobody's
    }
    void replace(AccountRows rows);
    bool expired(const Session& session, const AccountsOptions& options, std::int64_t now) const
    {
        return now - session.seen_ms > options.idle.count() ||
               now - session.created_ms >= options.longest.count();
    }
};

Identity identity_of(const User& user, const Session& session, const AccountsOptions& options);
Identity identity_of(const Token& token);

}  // namespace tidegate::web
