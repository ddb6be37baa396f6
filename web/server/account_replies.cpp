#include "web/server/account_replies.hpp"

#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

void append_filters(std::string& out, std::string_view name, const Scope& scope)
{
    out += ",\"";
    out += name;
    out += "\":[";
    for (const auto& filter : scope.filters) {
        json::append_string(out, filter);
        out += ',';
    }
    if (!scope.filters.empty()) out.pop_back();
    out += ']';
}

}  // namespace

Result<Body> read_object(const Request& request,
                         std::initializer_list<std::string_view> keys,
                         std::string_view shape)
{
    // A page of a stranger can post a form without asking, but no JSON: so nothing else is taken.
    const Error wrong{ErrorKind::invalid, std::string(shape)};
    if (!is_json(request))
        return Error{ErrorKind::invalid, "Send it as Content-Type: application/json. " + wrong.what};
    auto object = nlohmann::json::parse(request.body, nullptr, false);
    if (!object.is_object()) return wrong;
    for (const auto& [key, value] : object.items())
        if (std::ranges::find(keys, key) == keys.end()) return wrong;
    return Body{std::move(object)};
}

std::string text_of(const Body& body, std::string_view key)
{
    const auto found = body.object.find(key);
    return found != body.object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::optional<Scope>> scope_of(const Body& body, std::string_view key)
{
    const auto found = body.object.find(key);
    if (found == body.object.end()) return std::optional<Scope>();
    const Error wrong{ErrorKind::invalid,
                      std::string(key) + R"( is a list of topic filters, as ["plant/#"].)"};
    if (!found->is_array()) return wrong;
    Scope scope;
    for (const auto& one : *found) {
        if (!one.is_string()) return wrong;
        scope.filters.push_back(one.get<std::string>());
    }
    if (auto good = check_scope(scope); !good) return good.error();
    return std::optional(std::move(scope));
}

Result<std::optional<Role>> role_of(const Body& body)
{
    if (!body.object.contains("role")) return std::optional<Role>();
    const auto role = role_named(text_of(body, "role"));
    if (!role || *role == Role::none) return Error{ErrorKind::invalid, "role is viewer, operator or admin."};
    return role;
}

void append_rights(std::string& out, Role role, const Scope& read, const Scope& write)
{
    json::append_field(out, "role", to_string(role));
    append_filters(out, "read", read);
    append_filters(out, "write", write);
}

std::string session_json(const Accounts* accounts, const Identity& identity)
{
    std::string out = accounts != nullptr ? R"({"accounts":true,)" : R"({"accounts":false,)";
    out += accounts == nullptr || accounts->claimed() ? R"("claimed":true)" : R"("claimed":false)";
    json::append_field(out, "name", identity.name);
    json::append_field(out, "by", to_string(identity.means));
    append_rights(out, identity.role, identity.read, identity.write);
    json::append_time(out, "expires", identity.expires_ms);
    return out + '}';
}

Reply account_problem(const Error& error)
{
    if (error.kind == ErrorKind::denied) return problem(503, "It could not be written down: " + error.what);
    return problem(error);
}

Reply accounts_are_off()
{
    return problem(404, "This gateway has no accounts ([web] accounts = false).");
}

Reply done_without_words()
{
    Reply reply{204, {}, {}, {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

}  // namespace tidegate::web
