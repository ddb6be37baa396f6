#include "web/server/account_replies.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/reply.hpp"

#include <fmt/core.h>

namespace tidegate::web {
namespace {

constexpr auto login_shape = R"(Send {"user":"…","password":"…"}.)";
constexpr auto setup_shape =
    R"(Send {"code":"…","user":"…","password":"…"}; tidegate setup-code prints the code.)";
constexpr auto password_shape = R"(Send {"password":"the one that is","new":"the one to be"}.)";

void set_cookie(Reply& reply, const Request& request, std::string_view value, std::int64_t seconds)
{
    reply.headers.emplace_back(
        "Set-Cookie",
        fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie_name(request.secure),
                    value, seconds, request.secure ? "; Secure" : ""));
}

Reply too_soon(std::int64_t seconds)
{
    Reply reply = problem(429, fmt::format("Too many wrong ones from here. Try again in {} s.", seconds));
    reply.headers.emplace_back("Retry-After", std::to_string(seconds));
    return reply;
}

Reply welcome(const Api& api, const Request& request, const LoginResult& result)
{
    Reply reply = json_reply(session_json(api.facts.accounts, result.identity));
    set_cookie(reply, request, result.secret, api.facts.accounts->session_seconds());
    return reply;
}

}  // namespace

Reply get_session(const Api& api, const Request& request, std::stop_token)
{
    return json_reply(session_json(api.facts.accounts, request.identity));
}

Reply post_session(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto body = read_object(request, {"user", "password"}, login_shape);
    if (!body) return problem(body.error());
    const auto user = text_of(*body, "user"), password = text_of(*body, "password");
    if (user.empty() || password.empty()) return problem(400, login_shape);
    const auto result = api.facts.accounts->login(user, password, request.from);
    if (!result) return account_problem(result.error());
    if (result->end == LoginResult::End::throttled) return too_soon(result->wait_s);
    if (result->end == LoginResult::End::wrong) return problem(401, "User or password is wrong.");
    return welcome(api, request, *result);
}

Reply delete_session(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    Reply reply = done_without_words();
    set_cookie(reply, request, "", 0);
    if (request.identity.means != Means::session) return reply;
    const auto done = api.facts.accounts->logout(request.identity);
    if (!done) return account_problem(done.error());
    api.facts.accounts->note(request.identity, request.from, {.what = "logout", .result = "ok"});
    return reply;
}

Reply post_password(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto body = read_object(request, {"password", "new"}, password_shape);
    if (!body) return problem(body.error());
    const auto result = api.facts.accounts->change_own_password(request.identity, text_of(*body, "password"),
                                                                text_of(*body, "new"), request.from);
    if (!result) return account_problem(result.error());
    if (result->end == LoginResult::End::throttled) return too_soon(result->wait_s);
    if (result->end == LoginResult::End::wrong) return problem(403, "The password that is, is another one.");
    return done_without_words();
}

Reply get_setup(const Api& api, const Request&, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    if (api.facts.accounts->claimed()) return problem(404, "This gateway is claimed.");
    return json_reply(R"({"claimed":false})");
}

Reply post_setup(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    if (api.facts.accounts->claimed()) return problem(404, "This gateway is claimed.");
    const auto body = read_object(request, {"code", "user", "password"}, setup_shape);
    if (!body) return problem(body.error());
    const auto result = api.facts.accounts->claim(text_of(*body, "code"), text_of(*body, "user"),
                                                  text_of(*body, "password"), request.from);
    if (!result) return account_problem(result.error());
    if (result->end == LoginResult::End::throttled) return too_soon(result->wait_s);
    if (result->end == LoginResult::End::wrong)
        return problem(
            403,
            "The code is wrong, or older than 30 minutes: `tidegate setup-code` on the gateway's console "
            "prints the one that is.");
    Reply reply = welcome(api, request, *result);
    reply.status = 201;
    return reply;
}

}  // namespace tidegate::web
