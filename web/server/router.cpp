#include "web/server/router.hpp"

#include "web/server/api_posts.hpp"
#include "web/server/reply.hpp"

#include <array>

namespace tidegate::web {
namespace {

constexpr std::array<Route, 49> routes{{
    {"GET", "/healthz", Role::none, Where::web_thread, get_health},
    {"GET", "/readyz", Role::none, Where::web_thread, get_readiness},
    {"GET", "/ca.crt", Role::none, Where::web_thread, get_authority},
    {"GET", "/metrics", Role::viewer, Where::web_thread, get_metrics},
    {"GET", "/api/v1/openapi.json", Role::viewer, Where::web_thread, get_openapi},
    {"GET", "/api/v1/series", Role::viewer, Where::pool, get_series},
    {"GET", "/api/v1/history", Role::viewer, Where::pool, get_history},
    {"GET", "/api/v1/export", Role::viewer, Where::stream, nullptr},
    {"GET", "/api/v1/devices", Role::viewer, Where::pool, get_devices},
    {"GET", "/api/v1/gaps", Role::viewer, Where::pool, get_gaps},
    {"POST", readings_path, Role::operating, Where::post, nullptr},
    {"POST", influx1_path, Role::operating, Where::post, nullptr},
    {"POST", influx2_path, Role::operating, Where::post, nullptr},
    {"GET", live_path, Role::viewer, Where::web_thread, get_live},
    {"GET", events_path, Role::viewer, Where::events, nullptr},
    {"GET", "/api/v1/gateway", Role::viewer, Where::web_thread, get_gateway},
    {"GET", "/api/v1/books", Role::viewer, Where::web_thread, get_books},
    {"GET", "/api/v1/upstreams", Role::viewer, Where::web_thread, get_upstreams},
    {"POST", "/api/v1/upstreams/retry", Role::operating, Where::web_thread, post_upstream_retry},
    {"GET", "/api/v1/alarms", Role::viewer, Where::pool, get_alarms},
    {"POST", "/api/v1/alarms/*/acknowledge", Role::operating, Where::pool, post_acknowledgement},
    {"GET", "/api/v1/alarms/rules", Role::viewer, Where::web_thread, get_alarm_rules},
    {"GET", "/api/v1/configuration", Role::operating, Where::web_thread, get_configuration},
    {"GET", "/api/v1/timeline", Role::viewer, Where::web_thread, get_timeline},
    {"GET", "/api/v1/messages", Role::viewer, Where::pool, get_messages},
    {"GET", "/api/v1/messages/rejected", Role::operating, Where::pool, get_rejected_messages},
    {"POST", "/api/v1/decode", Role::operating, Where::pool, post_decode},
    {"POST", "/api/v1/trace", Role::operating, Where::web_thread, post_trace},
    {"GET", "/api/v1/trace", Role::operating, Where::web_thread, get_trace},
    {"GET", "/api/v1/controls", Role::viewer, Where::pool, get_controls},
    {"GET", "/api/v1/commands", Role::viewer, Where::pool, get_commands},
    {"POST", "/api/v1/commands", Role::operating, Where::pool, post_command},
    {"GET", "/api/v1/upstreams/*/dead", Role::operating, Where::pool, get_dead_letters},
    {"POST", "/api/v1/upstreams/*/dead", Role::operating, Where::pool, post_dead_letters},
    {"GET", "/api/v1/session", Role::none, Where::web_thread, get_session},
    {"POST", "/api/v1/session", Role::none, Where::login, post_session},
    {"DELETE", "/api/v1/session", Role::none, Where::login, delete_session},
    {"POST", "/api/v1/session/password", Role::viewer, Where::login, post_password},
    {"GET", "/api/v1/setup", Role::none, Where::web_thread, get_setup},
    {"POST", "/api/v1/setup", Role::none, Where::login, post_setup},
    {"GET", "/api/v1/users", Role::admin, Where::web_thread, get_users},
    {"POST", "/api/v1/users", Role::admin, Where::login, post_user},
    {"DELETE", "/api/v1/users/*/sessions", Role::admin, Where::login, delete_user_sessions},
    {"PATCH", "/api/v1/users/*", Role::admin, Where::login, patch_user},
    {"DELETE", "/api/v1/users/*", Role::admin, Where::login, delete_user},
    {"GET", "/api/v1/tokens", Role::admin, Where::web_thread, get_tokens},
    {"POST", "/api/v1/tokens", Role::admin, Where::login, post_token},
    {"DELETE", "/api/v1/tokens/*", Role::admin, Where::login, delete_token},
    {"GET", "/api/v1/audit", Role::admin, Where::pool, get_audit},
}};

constexpr Route file_route{"GET", "", Role::none, Where::web_thread, get_file};

// `pattern` may have one "*", for a text that is not empty.
bool fits(std::string_view pattern, std::string_view path)
{
    const auto star = pattern.find('*');
    if (star == pattern.npos) return pattern == path;
    return path.size() >= pattern.size() && path.starts_with(pattern.substr(0, star)) &&
           path.ends_with(pattern.substr(star + 1));
}

void add_allowed(std::string& list, std::string_view method)
{
    if (!list.empty()) list += ", ";
    list += method == "GET" ? "GET, HEAD" : method;
}

Reply not_allowed(const std::string& list)
{
    Reply reply = problem(405, "Allowed here: " + list + ".");
    reply.headers.emplace_back("Allow", list);
    return reply;
}

}  // namespace

std::span<const Route> all_routes()
{
    return routes;
}

Routed find_route(std::string_view method, std::string_view path)
{
    std::string allowed;
    for (const Route& route : routes) {
        if (!fits(route.path, path)) continue;
        if (route.method == method) return {&route, std::nullopt};
        add_allowed(allowed, route.method);
    }
    if (!allowed.empty()) return {nullptr, not_allowed(allowed)};
    if (path.starts_with("/api/"))
        return {nullptr, problem(404, "There is no such endpoint; see docs/api.md.")};
    if (method != "GET") return {nullptr, not_allowed("GET, HEAD")};
    return {&file_route, std::nullopt};
}

}  // namespace tidegate::web
