#include "web/accounts/jwt_claims.hpp"

#include "base/topic_filter.hpp"
#include "web/accounts/secret.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace tidegate::web {
namespace {

using nlohmann::json;

constexpr std::size_t longest_subject = 128;
constexpr std::size_t most_filters = 64;
constexpr double last_second = 1e11;  // beyond it no date is meant

Error refused(std::string why)
{
    return {ErrorKind::denied, std::move(why)};
}

std::string text_of(const json& claims, const std::string& name)
{
    const auto found = claims.find(name);
    return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Seconds since 1970 as milliseconds. None: it is not there; an error: it is no time.
Result<std::optional<std::int64_t>> time_of(const json& claims, const std::string& name)
{
    const auto found = claims.find(name);
    if (found == claims.end()) return std::optional<std::int64_t>();
    const double seconds = found->is_number() ? found->get<double>() : -1;
    if (!(seconds >= 0 && seconds <= last_second)) return refused("its " + name + " is no time");
    return std::optional(static_cast<std::int64_t>(seconds * 1000));
}

bool is_for(const json& claims, const std::string& audience)
{
    const auto found = claims.find("aud");
    if (found == claims.end()) return false;
    if (found->is_string()) return found->get<std::string>() == audience;
    return found->is_array() &&
           std::any_of(found->begin(), found->end(), [&](const json& one) { return one == audience; });
}

// Nothing said is nothing allowed.
Result<Scope> scope_of(const json& claims, const std::string& name)
{
    Scope scope;
    const auto found = claims.find(name);
    if (found == claims.end()) return scope;
    if (!found->is_array() || found->size() > most_filters) return refused("its " + name + " is no list");
    for (const auto& one : *found) {
        if (!one.is_string() || !valid_filter(one.get<std::string>()))
            return refused("its " + name + " has what is no topic filter");
        scope.filters.push_back(one.get<std::string>());
    }
    return scope;
}

// When it ends, the leeway with it.
Result<std::int64_t> end_of(const json& claims, const JwtRules& rules, std::int64_t now_ms)
{
    const auto expires = time_of(claims, "exp");
    const auto issued = time_of(claims, "iat");
    const auto begins = time_of(claims, "nbf");
    for (const auto* time : {&expires, &issued, &begins})
        if (!*time) return time->error();
    const std::int64_t leeway = std::chrono::milliseconds(rules.leeway).count();
    const std::int64_t longest = std::chrono::milliseconds(rules.longest).count();
    if (!*expires) return refused("it does not say when it expires");
    if (**expires + leeway <= now_ms) return refused("it has expired");
    if (*begins && **begins > now_ms + leeway) return refused("it is not valid yet");
    if (*issued && **issued > now_ms + leeway) return refused("it is from the future");
    const std::int64_t from = issued->value_or(now_ms);
    if (**expires - from > longest || **expires - now_ms > longest + leeway)
        return refused("it is valid for longer than [web.jwt] longest allows");
    return **expires + leeway;
}

}  // namespace

Result<Identity> identity_of_claims(const json& claims, const JwtRules& rules, std::int64_t now_ms)
{
    if (text_of(claims, "iss") != rules.issuer) return refused("it is by another issuer");
    if (!is_for(claims, rules.audience)) return refused("it is for another audience");
    const auto ends = end_of(claims, rules, now_ms);
    if (!ends) return ends.error();
    Identity identity;
    identity.means = Means::jwt;
    identity.name = text_of(claims, "sub");
    if (identity.name.empty() || identity.name.size() > longest_subject)
        return refused("it does not say whose it is (sub)");
    identity.role = role_named(text_of(claims, rules.role_claim)).value_or(Role::none);
    if (identity.role == Role::none) return refused("it names no role of ours");
    auto read = scope_of(claims, rules.read_claim);
    if (!read) return read.error();
    auto write = scope_of(claims, rules.write_claim);
    if (!write) return write.error();
    identity.read = granted(identity.role, std::move(*read));
    identity.write = granted(identity.role, std::move(*write));
    identity.expires_ms = *ends;
    identity.credential = "jwt:" + identity.name;
    return identity;
}

}  // namespace tidegate::web
