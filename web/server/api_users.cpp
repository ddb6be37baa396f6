#include "web/accounts/password.hpp"
#include "web/server/account_replies.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"

#include <fmt/core.h>
#include <limits>

namespace tidegate::web {
namespace {

constexpr auto user_shape =
    R"(Send {"name":"…","password":"…","role":"viewer|operator|admin","read":["#"],"write":["#"]}.)";
constexpr auto change_shape =
    R"(Send what is to change of {"password":"…","role":"viewer|operator|admin","read":["#"],"write":["#"]}.)";
constexpr auto token_shape =
    R"(Send {"name":"…","role":"viewer|operator|admin","read":["#"],"write":[],"expires_in_s":86400}.)";
constexpr std::string_view of_users = "/api/v1/users/", of_tokens = "/api/v1/tokens/",
                           and_sessions = "/sessions";
constexpr std::int64_t usual_entries = 100, most_entries = 1000;

Reply changed(unsigned status, std::string body)
{
    Reply reply = json_reply(std::move(body));
    reply.status = status;
    return reply;
}

// What the book refuses is in conflict with what is in it.
Reply conflict(const Error& error)
{
    return error.kind == ErrorKind::invalid ? problem(409, error.what) : account_problem(error);
}

std::string user_json(const User& user, std::size_t sessions)
{
    std::string out = R"({"name":)";
    json::append_string(out, user.name);
    append_rights(out, user.role, user.read, user.write);
    json::append_time(out, "created", user.created_ms);
    json::append_time(out, "last_login", user.last_login_ms);
    return out + R"(,"sessions":)" + std::to_string(sessions) + '}';
}

// Without its end.
std::string token_json(const Token& token)
{
    std::string out = R"({"id":)";
    json::append_string(out, token.id);
    json::append_field(out, "name", token.name);
    append_rights(out, token.role, token.read, token.write);
    json::append_time(out, "created", token.created_ms);
    json::append_field(out, "by", token.by);
    json::append_time(out, "expires", token.expires_ms);
    json::append_time(out, "last_used", token.last_used_ms);
    return out;
}

template <class List, class Write>
std::string list_json(std::string_view name, const List& list, const Write& write)
{
    std::string out = fmt::format(R"({{"{}":[)", name);
    for (const auto& one : list) out += write(one) + ',';
    if (!list.empty()) out.pop_back();
    return out + ']';
}

struct Rights {
    std::optional<Role> role;
    std::optional<Scope> read, write;
};

Result<Rights> rights_of(const Body& body)
{
    const auto role = role_of(body);
    if (!role) return role.error();
    const auto read = scope_of(body, "read");
    if (!read) return read.error();
    const auto write = scope_of(body, "write");
    if (!write) return write.error();
    return Rights{*role, *read, *write};
}

std::string audit_json(const AuditEntry& entry)
{
    std::string out = fmt::format(R"({{"id":{},"at":{})", entry.id, entry.at_ms);
    json::append_field(out, "who", entry.who);
    json::append_field(out, "by", entry.by);
    json::append_field(out, "from", entry.from);
    json::append_field(out, "what", entry.what);
    json::append_field(out, "on", entry.on);
    json::append_field(out, "result", entry.result);
    json::append_field(out, "detail", entry.detail);
    return out + '}';
}

}  // namespace

Reply get_users(const Api& api, const Request&, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto write = [](const auto& one) { return user_json(one.first, one.second); };
    return json_reply(list_json("users", api.facts.accounts->users(), write) + '}');
}

Reply post_user(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto body = read_object(request, {"name", "password", "role", "read", "write"}, user_shape);
    if (!body) return problem(body.error());
    const auto rights = rights_of(*body);
    if (!rights) return problem(rights.error());
    if (!rights->role) return problem(400, user_shape);
    User user;
    user.name = text_of(*body, "name");
    user.role = *rights->role;
    user.read = rights->read.value_or(Scope::everything());
    user.write = rights->write.value_or(Scope::everything());
    for (const auto& [known, sessions] : api.facts.accounts->users())
        if (known.name == user.name) return problem(409, "There is a user of this name already.");
    const auto added = api.facts.accounts->add_user(std::move(user), text_of(*body, "password"));
    if (!added) return account_problem(added.error());
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "user_add",
                              .on = added->name,
                              .result = "ok",
                              .detail = std::string(to_string(added->role))});
    return changed(201, user_json(*added, 0));
}

Reply patch_user(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto body = read_object(request, {"password", "role", "read", "write"}, change_shape);
    if (!body) return problem(body.error());
    const auto rights = rights_of(*body);
    if (!rights) return problem(rights.error());
    UserChange change{{}, rights->role, rights->read, rights->write};
    if (body->object.contains("password")) change.password = text_of(*body, "password");
    const std::string name(part_of(request.path, of_users));
    if (change.password)
        if (const auto good = check_password(*change.password, name); !good) return problem(good.error());
    const auto now = api.facts.accounts->change_user(name, change);
    if (!now) return conflict(now.error());
    std::string detail;
    for (const auto& [key, value] : body->object.items()) detail += (detail.empty() ? "" : " ") + key;
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "user_change", .on = name, .result = "ok", .detail = detail});
    return changed(200, user_json(*now, 0));
}

Reply delete_user(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const std::string name(part_of(request.path, of_users));
    const auto done = api.facts.accounts->remove_user(name);
    if (!done) return conflict(done.error());
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "user_remove", .on = name, .result = "ok"});
    return done_without_words();
}

Reply delete_user_sessions(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const std::string name(part_of(request.path, of_users, and_sessions));
    const auto done = api.facts.accounts->end_sessions(name);
    if (!done) return account_problem(done.error());
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "sessions_end", .on = name, .result = "ok"});
    return done_without_words();
}

Reply get_tokens(const Api& api, const Request&, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto write = [](const Token& token) { return token_json(token) + '}'; };
    return json_reply(list_json("tokens", api.facts.accounts->tokens(), write) + '}');
}

Reply post_token(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto body = read_object(request, {"name", "role", "read", "write", "expires_in_s"}, token_shape);
    if (!body) return problem(body.error());
    const auto rights = rights_of(*body);
    if (!rights) return problem(rights.error());
    if (!rights->role) return problem(400, token_shape);
    TokenWish wish;
    wish.name = text_of(*body, "name");
    wish.role = *rights->role;
    wish.read = rights->read.value_or(Scope::everything());
    wish.write = rights->write.value_or(Scope{});
    if (const auto expires = body->object.find("expires_in_s"); expires != body->object.end()) {
        if (!expires->is_number_unsigned()) return problem(400, token_shape);
        wish.expires_in_s = expires->get<std::int64_t>();
    }
    const auto made = api.facts.accounts->add_token(wish, request.identity.name);
    if (!made) return account_problem(made.error());
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "token_add",
                              .on = made->token.id,
                              .result = "ok",
                              .detail = wish.name + " " + std::string(to_string(wish.role))});
    auto out = token_json(made->token);
    json::append_field(out, "token", made->secret);
    return changed(201, out + '}');
}

Reply delete_token(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const std::string id(part_of(request.path, of_tokens));
    const auto done = api.facts.accounts->remove_token(id);
    if (!done) return account_problem(done.error());
    api.facts.accounts->note(request.identity, request.from,
                             {.what = "token_remove", .on = id, .result = "ok"});
    return done_without_words();
}

Reply get_audit(const Api& api, const Request& request, std::stop_token)
{
    if (api.facts.accounts == nullptr) return accounts_are_off();
    const auto after = number_parameter(request, "after", 0, {0, std::numeric_limits<std::int64_t>::max()});
    if (!after) return problem(after.error());
    const auto limit = number_parameter(request, "limit", usual_entries, {1, most_entries});
    if (!limit) return problem(limit.error());
    const auto wanted = static_cast<std::size_t>(*limit) + 1;
    auto entries = api.facts.accounts->audit(static_cast<std::uint64_t>(*after), wanted);
    if (!entries) return account_problem(entries.error());
    const bool more = entries->size() == wanted;
    if (more) entries->pop_back();
    auto body = list_json("audit", *entries, audit_json);
    body += R"(,"next":)" + (more ? std::to_string(entries->back().id) : "null");
    return json_reply(body + '}');
}

}  // namespace tidegate::web
