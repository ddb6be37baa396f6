#pragma once

#include "base/error.hpp"
#include "web/accounts/accounts.hpp"
#include "web/server/request.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

// What the endpoints of accounts share: reading their bodies, writing who somebody is.
namespace tidegate::web {

struct Body {
    nlohmann::json object;
};

// The body as an object with no other keys than these. Errors: invalid, with `shape`.
Result<Body> read_object(const Request& request,
                         std::initializer_list<std::string_view> keys,
                         std::string_view shape);

// A text of the object; empty: it is not there, or none.
std::string text_of(const Body& body, std::string_view key);

// Errors: invalid: it is there and no list of texts.
Result<std::optional<Scope>> scope_of(const Body& body, std::string_view key);
Result<std::optional<Role>> role_of(const Body& body);

// ,"role":…,"read":…,"write":…
void append_rights(std::string& out, Role role, const Scope& read, const Scope& write);

// The body of GET /api/v1/session.
std::string session_json(const Accounts* accounts, const Identity& identity);

// What a refusal that has to do with accounts is to HTTP.
Reply account_problem(const Error& error);

Reply accounts_are_off();
Reply done_without_words();  // 204

}  // namespace tidegate::web
