// What admins do with users and tokens; and the audit.
#include "base/log.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/accounts_state.hpp"
#include "web/accounts/password.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

Result<> check_user(const User& user)
{
    if (user.role == Role::none) return Error{ErrorKind::invalid, "role is viewer, operator or admin."};
    if (auto good = check_scope(user.read); !good) return good;
    return check_scope(user.write);
}

}  // namespace

Result<User> Accounts::add_user(User user, const std::string& password)
{
    if (auto good = check_user_name(user.name); !good) return good.error();
    if (auto good = check_user(user); !good) return good.error();
    if (auto good = check_password(password, user.name); !good) return good.error();
    auto hash = hash_password(password);
    if (!hash) return hash.error();
    user.password = std::move(*hash);
    user.created_ms = options_.clock.wall_ms();
    if (auto done = book_.add_user(user); !done) return done.error();
    if (auto read = reload(); !read) return read.error();
    return user;
}

Result<User> Accounts::change_user(const std::string& name, const UserChange& change)
{
    std::optional<User> user;
    {
        const std::scoped_lock lock(mutex_);
        if (const User* found = state_->user(name)) user = *found;
    }
    if (!user) return Error{ErrorKind::not_found, "There is no user of this name."};
    if (change.role) user->role = *change.role;
    if (change.read) user->read = *change.read;
    if (change.write) user->write = *change.write;
    if (auto good = check_user(*user); !good) return good.error();
    if (change.password) {
        if (auto good = check_password(*change.password, name); !good) return good.error();
        auto hash = hash_password(*change.password);
        if (!hash) return hash.error();
        user->password = std::move(*hash);
    }
    if (auto done = book_.change_user(*user); !done) return done.error();
    if (auto read = reload(); !read) return read.error();
    return *user;
}

Result<> Accounts::remove_user(const std::string& name)
{
    if (auto done = book_.remove_user(name); !done) return done;
    return reload();
}

// What is to end has ended, whether the disk takes it down or not: it is told, then, that it may come back.
Result<> Accounts::logout(const Identity& identity)
{
    if (identity.means != Means::session) return {};
    const std::scoped_lock changing(change_mutex_);
    {
        const std::scoped_lock lock(mutex_);
        state_->sessions.erase(identity.credential);
        ++revision_;
    }
    return book_.remove_session(identity.credential);
}

Result<> Accounts::end_sessions(const std::string& user)
{
    const std::scoped_lock changing(change_mutex_);
    {
        const std::scoped_lock lock(mutex_);
        if (state_->user(user) == nullptr)
            return Error{ErrorKind::not_found, "There is no user of this name."};
        std::erase_if(state_->sessions, [&](const auto& one) { return one.second.session.user == user; });
        ++revision_;
    }
    return book_.remove_sessions(user);
}

Result<NewToken> Accounts::add_token(const TokenWish& wish, const std::string& by)
{
    auto made = make_token(wish, by, options_.clock.wall_ms());
    if (!made) return made.error();
    if (auto done = book_.add_token(made->token); !done) return done.error();
    if (auto read = reload(); !read) return read.error();
    return made;
}

Result<> Accounts::remove_token(const std::string& id)
{
    if (auto done = book_.remove_token(id); !done) return done;
    return reload();
}

std::vector<std::pair<User, std::size_t>> Accounts::users() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<std::pair<User, std::size_t>> found;
    for (const auto& known : state_->users) {
        const auto sessions = std::ranges::count_if(
            state_->sessions, [&](const auto& one) { return one.second.session.user == known.first; });
        found.emplace_back(known.second, static_cast<std::size_t>(sessions));
    }
    return found;
}

std::vector<Token> Accounts::tokens() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Token> found;
    for (const auto& [id, live] : state_->tokens) found.push_back(live.token);
    std::ranges::sort(found, [](const Token& a, const Token& b) {
        return std::tie(a.created_ms, a.id) < std::tie(b.created_ms, b.id);
    });
    return found;
}

void Accounts::note(const Identity& who, const std::string& from, AuditEntry entry)
{
    entry.at_ms = options_.clock.wall_ms();
    entry.who = who.name;
    entry.by = to_string(who.means);
    entry.from = from;
    log::info("audit what={} who={} by={} from={} on={} result={} detail={}", entry.what,
              log::quoted(entry.who), entry.by, log::quoted(entry.from), log::quoted(entry.on), entry.result,
              log::quoted(entry.detail));
    if (auto done = book_.note(entry); !done)
        limit_.say(log::Level::warning, "audit", options_.clock.boot_ms(), "audit_not_written why={}",
                   log::quoted(done.error().what));
}

// Others can make us write these without end: some a minute are written down, the rest is counted.
void Accounts::note_failure(const std::string& user,
                            const std::string& from,
                            std::string_view what,
                            bool throttled)
{
    count_login(throttled ? LoginResult::End::throttled : LoginResult::End::wrong);
    limit_.say(log::Level::warning, "login", options_.clock.boot_ms(),
               "audit what={} who={} from={} result={}", what, log::quoted(user), log::quoted(from),
               throttled ? "throttled" : "refused");
    constexpr std::int64_t minute_ms = 60'000;
    constexpr int most_a_minute = 20;
    AuditEntry entry{.at_ms = options_.clock.wall_ms(), .who = user, .by = "nothing", .from = from};
    entry.what = what;
    entry.result = throttled ? "throttled" : "refused";
    {
        const std::scoped_lock lock(mutex_);
        const auto minute = options_.clock.boot_ms() / minute_ms;
        if (failures_.minute != minute) failures_ = {minute, 0, failures_.left_out};
        if (failures_.written >= most_a_minute) {
            ++failures_.left_out;
            return;
        }
        ++failures_.written;
        if (const auto left_out = std::exchange(failures_.left_out, 0); left_out > 0)
            entry.detail = fmt::format("{} more before it were not written down", left_out);
    }
    if (auto done = book_.note(entry); !done)
        limit_.say(log::Level::warning, "audit", options_.clock.boot_ms(), "audit_not_written why={}",
                   log::quoted(done.error().what));
}

Result<std::vector<AuditEntry>> Accounts::audit(std::uint64_t before, std::size_t limit)
{
    return book_.audit(before, limit);
}

}  // namespace tidegate::web
