#include "web/server/gate.hpp"

#include "web/server/moment.hpp"
#include "web/server/reply.hpp"
#include "web/server/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

Reply not_claimed()
{
    return problem(
        403,
        "This gateway belongs to nobody yet. `tidegate setup-code` on its console prints the code to "
        "claim it with.");
}

Reply not_known()
{
    Reply reply = problem(401, "Log in, or send a token: Authorization: Bearer tg_….");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tidegate\"");
    return reply;
}

// A browser sends our cookie along with whatever a page makes it ask; what such a request says of the page
// has been judged (access.hpp), but here it has to say something.
bool comes_from_nowhere(const Request& request, bool upgrade)
{
    const bool reads = request.method == "GET" && !upgrade;
    return !reads && request.identity.means == Means::session && request.origin.empty() &&
           request.fetch_site.empty();
}

// Names that programs give what is secret; and what is a token of ours whatever it is called.
constexpr std::array<std::string_view, 8> secret_names{"token",   "access_token", "auth", "authorization",
                                                       "api_key", "apikey",       "jwt",  "password"};

bool carries_secret(const Query& query)
{
    return std::ranges::any_of(query, [](const auto& one) {
        return one.second.starts_with("tg_") ||
               std::ranges::find(secret_names, lowered(one.first)) != secret_names.end();
    });
}

}  // namespace

std::optional<Reply> Gate::admit(Request& request, const Route* route, bool upgrade)
{
    if (carries_secret(request.query))
        limit_.say(log::Level::warning, request.from, this_moment().boot_ms,
                   "secret_in_address from={} path={} why=\"it was not looked at, and who keeps addresses (a "
                   "proxy, a history) has it now: take it back, and send the next one as Authorization: "
                   "Bearer\"",
                   request.from, log::quoted(request.path));
    if (accounts_ == nullptr) {
        request.identity = open_identity();
        return std::nullopt;
    }
    request.identity =
        accounts_->identify({request.authorization, request.cookie, request.from, request.secure});
    const Role needed = route != nullptr ? route->role : Role::viewer;
    if (comes_from_nowhere(request, upgrade)) {
        accounts_->count_refusal(Refused::origin);
        return problem(403, "With a cookie, say which page this comes from: Origin is missing.");
    }
    if (request.identity.role >= needed) return std::nullopt;
    if (request.identity.role == Role::none) {
        const bool claimed = accounts_->claimed();
        const bool said_nothing = request.authorization.empty() && request.cookie.empty();
        accounts_->count_refusal(!claimed       ? Refused::unclaimed
                                 : said_nothing ? Refused::nobody
                                                : Refused::credential);
        return claimed ? not_known() : not_claimed();
    }
    accounts_->count_refusal(Refused::role);
    return problem(403, fmt::format("This takes the role {}; yours is {}.", to_string(needed),
                                    to_string(request.identity.role)));
}

}  // namespace tidegate::web
