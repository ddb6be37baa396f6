// What takes a password, and hashes it: one at a time, on the thread that the web server has for it.
#include "base/log.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/accounts_state.hpp"
#include "web/accounts/password.hpp"
#include "web/accounts/secret.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <functional>

namespace tidegate::web {
namespace {

constexpr std::string_view of_the_code = "(setup code)";  // no user's name

}  // namespace

Result<LoginResult> Accounts::login(const std::string& user,
                                    const std::string& password,
                                    const std::string& from)
{
    // A name that none can have is not told apart from one that nobody has.
    if (impossible_password(password)) {
        count_login(LoginResult::End::refused);
        return Error{ErrorKind::invalid,
                     fmt::format("A password has at most {} characters.", longest_password)};
    }
    const std::string name = good_user_name(user) ? user : "(no such name)";
    LoginResult result;
    std::string hash = dummy_hash();
    bool known = false;
    {
        const std::scoped_lock lock(mutex_);
        result.wait_s = throttle_.wait_s(from, name, options_.clock.boot_ms());
        if (const User* found = state_->user(name)) {
            known = true;
            hash = found->password;
        }
    }
    if (result.wait_s > 0) {
        result.end = LoginResult::End::throttled;
        note_failure(name, from, "login", true);
        return result;
    }
    const bool fits = password_fits(hash, password) && known;
    std::string anew;
    if (fits && outdated_hash(hash))
        if (auto made = hash_password(password)) anew = std::move(*made);
    const std::scoped_lock changing(change_mutex_);
    std::optional<User> found;
    {
        const std::scoped_lock lock(mutex_);
        const User* now = state_->user(name);  // it may have changed meanwhile
        if (fits && now != nullptr && now->password == hash) found = *now;
        if (found)
            throttle_.succeeded(from, name);
        else
            throttle_.failed(from, name, options_.clock.boot_ms());
    }
    if (!found) {
        note_failure(name, from, "login", false);
        return result;
    }
    if (!anew.empty()) found->password = anew;
    result = begin_session(*found, options_.clock.wall_ms());
    note_login(name, anew);
    count_login(LoginResult::End::ok);
    note(result.identity, from, {.what = "login", .result = "ok"});
    return result;
}

// So that the users' list says when. `anew`: the hash of the password as it is to be; empty: as it is.
void Accounts::note_login(const std::string& user, const std::string& anew)
{
    if (auto done = book_.note_login(user, options_.clock.wall_ms(), anew); !done)
        log::warning("login_not_written user={} why={}", user, log::quoted(done.error().what));
}

// Whoever calls holds change_mutex_. A disk that takes nothing keeps nobody out who comes to look at it.
LoginResult Accounts::begin_session(const User& user, std::int64_t now)
{
    LoginResult result;
    result.end = LoginResult::End::ok;
    result.secret = drawn_secret();
    const Session session{fingerprint(result.secret), user.name, now, now};
    result.identity = identity_of(user, session, options_);
    std::vector<std::string> ended;
    {
        const std::scoped_lock lock(mutex_);
        state_->users.insert_or_assign(user.name, user);
        state_->users.find(user.name)->second.last_login_ms = now;
        state_->sessions.insert_or_assign(session.id, State::LiveSession{session, now, true});
        std::vector<const Session*> mine;
        for (const auto& [id, live] : state_->sessions)
            if (live.session.user == user.name && id != session.id) mine.push_back(&live.session);
        std::ranges::sort(mine, std::greater(), &Session::seen_ms);
        for (std::size_t i = std::max<std::size_t>(sessions_each_, 1) - 1; i < mine.size(); ++i)
            ended.push_back(mine[i]->id);
        for (const auto& id : ended) state_->sessions.erase(id);
        if (!ended.empty()) ++revision_;
    }
    auto done = book_.put_session(session);
    for (const auto& id : ended)
        if (done) done = book_.remove_session(id);
    const std::scoped_lock lock(mutex_);
    if (const auto there = state_->sessions.find(session.id); there != state_->sessions.end())
        there->second.unsaved = !done;
    return result;
}

Result<LoginResult> Accounts::claim(const std::string& code,
                                    const std::string& user,
                                    const std::string& password,
                                    const std::string& from)
{
    LoginResult result;
    bool fits = false;
    {
        const std::scoped_lock lock(mutex_);
        if (state_->claimed()) return Error{ErrorKind::not_found, "This gateway is claimed."};
        result.wait_s = throttle_.wait_s(from, of_the_code, options_.clock.boot_ms());
        const auto& known = state_->code;
        fits = known && options_.clock.wall_ms() - known->made_ms < SetupCode::lives_ms &&
               equal_secrets(known->code, tidy_setup_code(code));
        if (result.wait_s == 0 && !fits) throttle_.failed(from, of_the_code, options_.clock.boot_ms());
    }
    if (result.wait_s > 0 || !fits) {
        if (result.wait_s > 0) result.end = LoginResult::End::throttled;
        note_failure({}, from, "claim", result.wait_s > 0);
        return result;
    }
    if (auto good = check_user_name(user); !good) return good.error();
    if (auto good = check_password(password, user); !good) return good.error();
    auto hash = hash_password(password);
    if (!hash) return hash.error();
    User admin;
    admin.name = user;
    admin.password = std::move(*hash);
    admin.role = Role::admin;
    admin.created_ms = options_.clock.wall_ms();
    const std::scoped_lock changing(change_mutex_);
    if (auto done = book_.claim(admin); !done) {
        if (done.error().kind == ErrorKind::denied)
            return Error{ErrorKind::not_found, "This gateway is claimed."};
        return done.error();
    }
    {
        const std::scoped_lock lock(mutex_);
        state_->code.reset();
    }
    result = begin_session(admin, admin.created_ms);
    note_login(user, {});
    count_login(LoginResult::End::ok);
    note(result.identity, from, {.what = "claim", .on = user, .result = "ok"});
    return result;
}

Result<LoginResult> Accounts::change_own_password(const Identity& who,
                                                  const std::string& password,
                                                  const std::string& wanted,
                                                  const std::string& from)
{
    if (who.means != Means::session)
        return Error{ErrorKind::invalid, "Only who has logged in has a password to change."};
    if (auto good = check_password(wanted, who.name); !good) return good.error();
    if (impossible_password(password)) return Error{ErrorKind::invalid, "That is nobody's password."};
    LoginResult result;
    std::optional<User> user;
    {
        const std::scoped_lock lock(mutex_);
        result.wait_s = throttle_.wait_s(from, who.name, options_.clock.boot_ms());
        if (const User* found = state_->user(who.name)) user = *found;
    }
    if (result.wait_s > 0) {
        result.end = LoginResult::End::throttled;
        return result;
    }
    if (!user || !password_fits(user->password, password)) {
        const std::scoped_lock lock(mutex_);
        throttle_.failed(from, who.name, options_.clock.boot_ms());
        return result;
    }
    auto hash = hash_password(wanted);
    if (!hash) return hash.error();
    user->password = std::move(*hash);
    {
        const std::scoped_lock lock(mutex_);
        throttle_.succeeded(from, who.name);
    }
    if (auto done = book_.change_user(*user, who.credential); !done) return done.error();
    if (auto read = reload(); !read) return read.error();
    result.end = LoginResult::End::ok;
    result.identity = who;
    note(who, from, {.what = "password", .on = who.name, .result = "ok"});
    return result;
}

}  // namespace tidegate::web
