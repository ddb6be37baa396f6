#include "web/accounts/accounts.hpp"

#include "base/log.hpp"
#include "base/topic_filter.hpp"
#include "web/accounts/accounts_state.hpp"
#include "web/accounts/console.hpp"
#include "web/accounts/password.hpp"
#include "web/accounts/secret.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <pthread.h>

namespace tidegate::web {
namespace {

constexpr std::int64_t written_every_ms = 10 * 60 * 1000;        // of a session in use
constexpr std::int64_t token_written_every_ms = 60 * 60 * 1000;  // spares the card
constexpr std::size_t most_filters = 64, longest_filter = 512, longest_token_name = 64;
constexpr std::int64_t longest_token_s = 10LL * 366 * 24 * 3600;

}  // namespace

std::string_view cookie_name(bool secure)
{
    return secure ? "__Host-tidegate" : "tidegate";
}

Result<> check_user_name(std::string_view name)
{
    if (good_user_name(name)) return {};
    return Error{ErrorKind::invalid, "A user's name is 1 to 32 of a-z, 0-9, \".\", \"_\" and \"-\"."};
}

Result<> check_scope(const Scope& scope)
{
    if (scope.filters.size() > most_filters)
        return Error{ErrorKind::invalid, fmt::format("At most {} topic filters.", most_filters)};
    for (const auto& filter : scope.filters)
        if (filter.size() > longest_filter || !valid_filter(filter))
            return Error{ErrorKind::invalid,
                         "read and write are lists of topic filters, as plant/# or home/+/t."};
    return {};
}

Result<NewToken> make_token(const TokenWish& wish, const std::string& by, std::int64_t now_ms)
{
    const bool plain =
        std::ranges::none_of(wish.name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (wish.name.empty() || wish.name.size() > longest_token_name || !plain)
        return Error{ErrorKind::invalid,
                     fmt::format("A token's name has 1 to {} characters.", longest_token_name)};
    if (wish.role == Role::none) return Error{ErrorKind::invalid, "role is viewer, operator or admin."};
    if (wish.expires_in_s < 0 || wish.expires_in_s > longest_token_s)
        return Error{ErrorKind::invalid, "expires_in_s is a number of seconds, ten years at most; 0: never."};
    for (const auto* scope : {&wish.read, &wish.write})
        if (auto good = check_scope(*scope); !good) return good.error();
    NewToken made;
    const auto secret = drawn_secret();
    made.token.id = drawn_id();
    made.token.secret = fingerprint(secret);
    made.token.name = wish.name;
    made.token.role = wish.role;
    made.token.read = granted(wish.role, wish.read);
    made.token.write = granted(wish.role, wish.write);
    made.token.created_ms = now_ms;
    made.token.by = by;
    made.token.expires_ms = wish.expires_in_s == 0 ? 0 : now_ms + wish.expires_in_s * 1000;
    made.secret = "tg_" + made.token.id + "_" + secret;
    return made;
}

void Accounts::State::replace(AccountRows rows)
{
    std::map<std::string, User, std::less<>> now_users;
    for (auto& user : rows.users) {
        floor_ms = std::max({floor_ms, user.created_ms, user.last_login_ms});
        now_users.insert_or_assign(user.name, std::move(user));
    }
    std::unordered_map<std::string, LiveToken> now_tokens;
    for (auto& token : rows.tokens) {
        floor_ms = std::max({floor_ms, token.created_ms, token.last_used_ms});
        const auto written = token.last_used_ms;
        if (const auto before = tokens.find(token.id); before != tokens.end())
            token.last_used_ms = std::max(written, before->second.token.last_used_ms);
        now_tokens.insert_or_assign(token.id, LiveToken{token, written});
    }
    std::unordered_map<std::string, LiveSession> now_sessions;
    for (auto& session : rows.sessions) {
        floor_ms = std::max(floor_ms, session.seen_ms);
        const auto written = session.seen_ms;
        if (const auto before = sessions.find(session.id); before != sessions.end())
            session.seen_ms = std::max(written, before->second.session.seen_ms);
        if (now_users.contains(session.user))
            now_sessions.insert_or_assign(session.id, LiveSession{session, written});
    }
    for (auto& [id, live] : sessions)
        if (live.unsaved && now_users.contains(live.session.user)) now_sessions.insert_or_assign(id, live);
    users = std::move(now_users);
    tokens = std::move(now_tokens);
    sessions = std::move(now_sessions);
    code = std::move(rows.code);
    loaded = true;
}

Result<std::unique_ptr<Accounts>> Accounts::open(AccountsOptions options)
{
    std::unique_ptr<Accounts> made(new Accounts(std::move(options)));  // NOLINT: its constructor is private
    if (made->options_.jwt) {
        auto verifier = JwtVerifier::make(*made->options_.jwt);
        if (!verifier) return verifier.error();
        made->jwt_ = std::move(*verifier);
    }
    // Where there is no file yet, this makes it, before a command beside us may.
    const auto now = made->options_.clock.wall_ms();
    auto read =
        made->book_.tidy({}, {}, now - made->options_.idle.count(), now - made->options_.longest.count());
    if (read) read = made->reload();
    if (!read)
        log::error("accounts_unreadable why={} effect=\"nobody can log in\"", log::quoted(read.error().what));
    auto secret = open_console(made->options_.runtime_directory);
    if (secret)
        made->console_ = fingerprint(*secret);
    else
        log::warning("console_closed why={} effect=\"tidegate status and trace need a token\"",
                     log::quoted(secret.error().what));
    if (!made->claimed())
        log::warning(
            "unclaimed effect=\"nothing is shown to anybody\" todo=\"tidegate setup-code prints the code to "
            "claim "
            "this gateway with\"");
    made->watch_ = std::jthread([here = made.get()](const std::stop_token& stop) { here->watch(stop); });
    return made;
}

Accounts::Accounts(AccountsOptions options)
    : options_(std::move(options)),
      book_(options_.state_directory),
      state_(std::make_unique<State>()),
      sessions_each_(options_.sessions_each)
{
}

Accounts::~Accounts()
{
    watch_.request_stop();
    wake_.notify_all();
    if (watch_.joinable()) watch_.join();
    tidy();
    close_console(options_.runtime_directory);
}

void Accounts::watch(const std::stop_token& stop)
{
    ::pthread_setname_np(::pthread_self(), "tg-accounts");
    constexpr std::int64_t tidy_every_ms = 60'000;
    std::int64_t tidied_ms = options_.clock.boot_ms();
    (void)dummy_hash();  // now, and not while somebody waits
    while (!stop.stop_requested()) {
        try {
            look();
            const auto now = options_.clock.boot_ms();
            if (now - tidied_ms >= tidy_every_ms) {
                tidied_ms = now;
                tidy();
            }
            limit_.settle(now);
        } catch (const std::exception& failure) {
            log::error("accounts_failed why={}", log::quoted(failure.what()));
        }
        std::unique_lock lock(wake_mutex_);
        wake_.wait_for(lock, stop, options_.look_every, [] { return false; });
    }
}

// What a command beside us has written.
void Accounts::look()
{
    const auto changed = book_.changed();
    const bool loaded = [this] {
        const std::scoped_lock lock(mutex_);
        return state_->loaded;
    }();
    if (changed && !*changed && loaded) return;
    if (auto read = reload(); !read)
        limit_.say(log::Level::error, "unreadable", options_.clock.boot_ms(), "accounts_unreadable why={}",
                   log::quoted(read.error().what));
}

Result<> Accounts::reload()
{
    const std::scoped_lock changing(change_mutex_);
    auto rows = book_.load();
    if (!rows) return rows.error();
    const std::scoped_lock lock(mutex_);
    state_->replace(std::move(*rows));
    ++revision_;
    return {};
}

std::int64_t Accounts::now_ms() const
{
    return std::max(options_.clock.wall_ms(), state_->floor_ms);
}

bool Accounts::claimed() const
{
    const std::scoped_lock lock(mutex_);
    return state_->claimed();
}

std::int64_t Accounts::session_seconds() const
{
    return std::chrono::duration_cast<std::chrono::seconds>(options_.longest).count();
}

// Writes how long ago who was here, now and then, and forgets what is over.
void Accounts::tidy()
{
    std::vector<Session> seen;
    std::vector<std::pair<std::string, std::int64_t>> used;
    std::int64_t now = 0;
    bool over = false;
    {
        const std::scoped_lock lock(mutex_);
        now = now_ms();
        for (auto& [id, live] : state_->sessions)
            if (live.session.seen_ms - live.written_ms >= written_every_ms) {
                live.written_ms = live.session.seen_ms;
                seen.push_back(live.session);
            }
        for (auto& [id, live] : state_->tokens)
            if (live.token.last_used_ms - live.written_ms >= token_written_every_ms) {
                live.written_ms = live.token.last_used_ms;
                used.emplace_back(id, live.token.last_used_ms);
            }
        over = std::erase_if(state_->sessions, [&](const auto& one) {
                   return state_->expired(one.second.session, options_, now);
               }) > 0;
        if (over) ++revision_;
    }
    if (seen.empty() && used.empty() && !over) return;
    auto done = book_.tidy(seen, used, now - options_.idle.count(), now - options_.longest.count());
    if (!done)
        limit_.say(log::Level::warning, "tidy", options_.clock.boot_ms(), "accounts_not_written why={}",
                   log::quoted(done.error().what));
}

void Accounts::count_refusal(Refused why)
{
    const std::scoped_lock lock(mutex_);
    ++counts_.refusals.at(static_cast<std::size_t>(why));
}

void Accounts::count_login(LoginResult::End end)
{
    const std::scoped_lock lock(mutex_);
    ++counts_.logins.at(static_cast<std::size_t>(end));
}

Accounts::Counts Accounts::counts() const
{
    const std::scoped_lock lock(mutex_);
    auto counts = counts_;
    counts.claimed = state_->claimed();
    counts.users = state_->users.size();
    counts.tokens = state_->tokens.size();
    counts.sessions = state_->sessions.size();
    return counts;
}

}  // namespace tidegate::web
