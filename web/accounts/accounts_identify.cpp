// Who a request is from: asked at each of them, so all of it is in memory.
#include "base/ascii.hpp"
#include "base/log.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/accounts_state.hpp"
#include "web/accounts/console.hpp"
#include "web/accounts/secret.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

// What follows the scheme; empty: it is another one.
std::string_view after_scheme(std::string_view field, std::string_view scheme)
{
    if (field.size() <= scheme.size() || field[scheme.size()] != ' ') return {};
    return equal_no_case(field.substr(0, scheme.size()), scheme) ? field.substr(scheme.size() + 1)
                                                                 : std::string_view();
}

// What writes line protocol says its token as InfluxDB has it: `Token …` (2), or as the password (1).
std::string bearer_of(const std::string& authorization)
{
    for (const std::string_view scheme : {"bearer", "token"})
        if (const auto text = after_scheme(authorization, scheme); !text.empty()) return std::string(text);
    std::string pair;
    const auto basic = after_scheme(authorization, "basic");
    if (basic.empty() || !read_base64(basic, pair)) return {};
    return pair.substr(std::min(pair.find(':'), pair.size() - 1) + 1);
}

std::string_view cookie_value(std::string_view cookies, std::string_view name)
{
    while (!cookies.empty()) {
        const std::size_t end = std::min(cookies.find(';'), cookies.size());
        auto one = cookies.substr(0, end);
        cookies.remove_prefix(std::min(end + 1, cookies.size()));
        while (one.starts_with(' ')) one.remove_prefix(1);
        if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
            return one.substr(name.size() + 1);
    }
    return {};
}

// tg_ID_SECRET; false: it is none.
bool split_token(std::string_view text, std::string_view& id, std::string_view& secret)
{
    constexpr std::string_view prefix = "tg_";
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    const std::size_t end = text.find('_');
    if (end == text.npos) return false;
    id = text.substr(0, end);
    secret = text.substr(end + 1);
    return true;
}

}  // namespace

Identity identity_of(const User& user, const Session& session, const AccountsOptions& options)
{
    Identity identity;
    identity.name = user.name;
    identity.role = user.role;
    identity.read = granted(user.role, user.read);
    identity.write = granted(user.role, user.write);
    identity.means = Means::session;
    identity.credential = session.id;
    identity.expires_ms = session.created_ms + options.longest.count();
    return identity;
}

Identity identity_of(const Token& token)
{
    Identity identity;
    identity.name = token.name;
    identity.role = token.role;
    identity.read = token.read;
    identity.write = token.write;
    identity.means = Means::token;
    identity.credential = token.id;
    identity.expires_ms = token.expires_ms;
    return identity;
}

Identity Accounts::identify(const Credentials& credentials)
{
    if (!credentials.authorization.empty()) return by_bearer(bearer_of(credentials.authorization));
    const auto secret = cookie_value(credentials.cookie, cookie_name(credentials.secure));
    if (secret.empty()) return {};
    const auto id = fingerprint(secret);
    const std::scoped_lock lock(mutex_);
    return by_session(id, now_ms());
}

// `id`: fingerprint of the cookie.
Identity Accounts::by_session(std::string_view id, std::int64_t now)
{
    const auto found = state_->sessions.find(std::string(id));
    if (found == state_->sessions.end()) return {};
    auto& session = found->second.session;
    const User* user = state_->user(session.user);
    if (user == nullptr || state_->expired(session, options_, now)) return {};
    session.seen_ms = std::max(session.seen_ms, now);
    return identity_of(*user, session, options_);
}

Identity Accounts::by_bearer(std::string_view bearer)
{
    if (bearer.starts_with(console_prefix)) {
        if (console_.empty() || !equal_secrets(fingerprint(bearer), console_)) return {};
        auto identity = open_identity();
        identity.name = "console";
        identity.means = Means::console;
        return identity;
    }
    const std::int64_t now = [this] {
        const std::scoped_lock lock(mutex_);
        return now_ms();
    }();
    if (bearer.starts_with("tg_")) return by_token(bearer, now);
    if (!jwt_ || bearer.empty()) return {};
    auto identity = jwt_->verify(bearer, now);
    if (identity) return std::move(*identity);
    limit_.say(log::Level::warning, "jwt", options_.clock.boot_ms(), "jwt_refused why={}",
               log::quoted(identity.error().what));
    return {};
}

Identity Accounts::by_token(std::string_view text, std::int64_t now)
{
    std::string_view id, secret;
    if (!split_token(text, id, secret)) return {};
    const auto print = fingerprint(secret);
    const std::scoped_lock lock(mutex_);
    const auto found = state_->tokens.find(std::string(id));
    if (found == state_->tokens.end() || !equal_secrets(found->second.token.secret, print)) return {};
    auto& token = found->second.token;
    if (token.expires_ms != 0 && token.expires_ms <= now) return {};
    token.last_used_ms = std::max(token.last_used_ms, now);
    return identity_of(token);
}

bool Accounts::holds(const Identity& identity) const
{
    const std::scoped_lock lock(mutex_);
    const auto now = now_ms();
    if (identity.expires_ms != 0 && identity.expires_ms <= now) return false;
    if (identity.means == Means::token) return state_->tokens.contains(identity.credential);
    if (identity.means != Means::session) return identity.means != Means::nothing;
    const auto found = state_->sessions.find(identity.credential);
    if (found == state_->sessions.end()) return false;
    return state_->users.contains(found->second.session.user);
}

}  // namespace tidegate::web
