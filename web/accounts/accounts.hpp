#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log_limit.hpp"
#include "web/accounts/account_book.hpp"
#include "web/accounts/identity.hpp"
#include "web/accounts/jwt.hpp"
#include "web/accounts/login_throttle.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tidegate::web {

// What a request says about who sends it.
struct Credentials {
    std::string authorization, cookie;  // the header fields
    std::string from;                   // address of the peer
    bool secure = false;                // it came by TLS
};

// The name of the session's cookie. A browser takes `__Host-` only with Secure, and Secure only by TLS: over
// plain HTTP, which is for the loopback, it has a plain name.
std::string_view cookie_name(bool secure);

struct AccountsOptions {
    std::filesystem::path state_directory, runtime_directory;
    std::chrono::milliseconds idle = std::chrono::hours(12);    // a session that is not used ends
    std::chrono::milliseconds longest = std::chrono::days(30);  // and so does any
    std::size_t sessions_each = 10;  // of a user; beyond, the one that was not used the longest ends
    std::optional<JwtRules> jwt{};
    ClockSource clock{};
    std::chrono::milliseconds look_every{250};  // at what others have written
};

// What a login, or claiming the gateway, came to.
struct LoginResult {
    enum class End { ok, wrong, throttled, refused };  // refused, with an error, is only counted
    End end = End::wrong;
    std::int64_t wait_s = 0;  // throttled: until another attempt is looked at
    Identity identity;
    std::string secret;  // of the session, for the cookie; kept nowhere
};

inline constexpr std::array<std::string_view, 4> login_names{"ok", "wrong", "throttled", "refused"};

// Why a request was refused; each is a metric's label.
enum class Refused {
    unclaimed,   // nobody may ask yet
    nobody,      // it does not say who it is from
    credential,  // what it says is none of ours
    role,        // too little
    scope,       // of topics
    origin,      // it does not say which page it comes from
};
inline constexpr std::array<std::string_view, 6> refused_names{"unclaimed", "nobody", "credential",
                                                               "role",      "scope",  "origin"};

// What a user is to be; left out: stays as it is.
struct UserChange {
    std::optional<std::string> password{};
    std::optional<Role> role{};
    std::optional<Scope> read{}, write{};
};

struct NewToken {
    Token token;
    std::string secret;  // tg_ID_…; kept nowhere
};

struct TokenWish {
    std::string name;
    Role role = Role::viewer;
    Scope read = Scope::everything(), write{};
    std::int64_t expires_in_s = 0;  // 0: never
};

// Rules that the API and the commands share. Errors: invalid, with what to do.
Result<> check_user_name(std::string_view name);
Result<> check_scope(const Scope& scope);
Result<NewToken> make_token(const TokenWish& wish, const std::string& by, std::int64_t now_ms);

// Who may use this gateway: users with their sessions, tokens, and JWTs of another issuer. What is asked at
// each request is in memory, behind one small lock; what is written goes to accounts.db, which commands
// beside the gateway may change: a thread of its own ("tg-accounts") looks for that four times a second. So
// what they revoke is revoked within a second.
class Accounts {
public:
    // Errors: those of the keys in `options.jwt`. A file that cannot be read is none: nobody gets in until it
    // can be.
    static Result<std::unique_ptr<Accounts>> open(AccountsOptions options);
    ~Accounts();
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;

    // Quick, any thread.
    bool claimed() const;
    Identity identify(const Credentials& credentials);    // Role::none: nobody whom we know
    bool holds(const Identity& identity) const;           // it still may what it may
    std::uint64_t revision() const { return revision_; }  // another one when somebody lost something
    std::int64_t session_seconds() const;                 // how long a cookie may be kept
    void hold_to(std::size_t sessions_each) { sessions_each_ = sessions_each; }  // from the next login on
    void count_refusal(Refused why);

    // These hash: they take long, and 19 MiB. One at a time, see password.hpp.
    // Errors: invalid (the request), not_found (claimed already), full.
    Result<LoginResult> login(const std::string& user, const std::string& password, const std::string& from);
    Result<LoginResult> claim(const std::string& code,
                              const std::string& user,
                              const std::string& password,
                              const std::string& from);
    Result<LoginResult> change_own_password(const Identity& who,
                                            const std::string& password,
                                            const std::string& wanted,
                                            const std::string& from);
    Result<User> add_user(User user, const std::string& password);  // invalid, full
    Result<User> change_user(const std::string& name, const UserChange& change);

    // These write to the disk. Errors: not_found, invalid (the last admin), and those of the disk.
    Result<> logout(const Identity& identity);
    Result<> remove_user(const std::string& name);
    Result<> end_sessions(const std::string& user);
    Result<NewToken> add_token(const TokenWish& wish, const std::string& by);
    Result<> remove_token(const std::string& id);

    std::vector<std::pair<User, std::size_t>> users() const;  // with how many sessions each has
    std::vector<Token> tokens() const;

    // Writes down who did what, and says it in the journal. Both are bounded: of refusals only some a minute.
    void note(const Identity& who, const std::string& from, AuditEntry entry);
    Result<std::vector<AuditEntry>> audit(std::uint64_t before, std::size_t limit);

    struct Counts {
        bool claimed = false;
        std::size_t users = 0, tokens = 0, sessions = 0;
        std::array<std::uint64_t, refused_names.size()> refusals{};  // since start
        std::array<std::uint64_t, login_names.size()> logins{};      // likewise
    };
    Counts counts() const;

private:
    struct State;  // what is known; see accounts_state.hpp

    explicit Accounts(AccountsOptions options);
    void watch(const std::stop_token& stop);
    void look();
    Result<> reload();
    void tidy();
    std::int64_t now_ms() const;
    Identity by_bearer(std::string_view bearer);
    Identity by_token(std::string_view text, std::int64_t now);
    Identity by_session(std::string_view id, std::int64_t now);
    LoginResult begin_session(const User& user, std::int64_t now);
    void count_login(LoginResult::End end);
    void note_login(const std::string& user, const std::string& anew);
    void note_failure(const std::string& user,
                      const std::string& from,
                      std::string_view what,
                      bool throttled);

    const AccountsOptions options_;
    std::optional<JwtVerifier> jwt_;
    AccountBook book_;
    std::string console_;  // fingerprint of what commands on this machine say
    log::Limit limit_;

    std::mutex change_mutex_;   // of what is written and read anew: in memory as in the file
    mutable std::mutex mutex_;  // of what follows; held for a look. Taken after the other one
    std::unique_ptr<State> state_;
    LoginThrottle throttle_;
    Counts counts_;
    struct Failures {  // that were written down
        std::int64_t minute = -1;
        int written = 0;
        std::uint64_t left_out = 0;
    };
    Failures failures_;
    std::atomic<std::uint64_t> revision_{1};
    std::atomic<std::size_t> sessions_each_;

    std::mutex wake_mutex_;
    std::condition_variable_any wake_;
    std::jthread watch_;  // last: it ends first
};

}  // namespace tidegate::web
