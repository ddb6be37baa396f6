#include "web/server/router.hpp"

#include "web/server/api_posts.hpp"
#include "web/server/reply.hpp"

#include <array>

namespace tidegate::web {
namespace {

constexpr std::array<Route, 32> routes{{
    {"GET", "/healthz", Where::web_thread, get_health},
    {"GET", "/readyz", Where::web_thread, get_readiness},
    {"GET", "/metrics", Where::web_thread, get_metrics},
    {"GET", "/api/v1/openapi.json", Where::web_thread, get_openapi},
    {"GET", "/api/v1/series", Where::pool, get_series},
    {"GET", "/api/v1/history", Where::pool, get_history},
    {"GET", "/api/v1/export", Where::stream, nullptr},
    {"GET", "/api/v1/devices", Where::pool, get_devices},
    {"GET", "/api/v1/gaps", Where::pool, get_gaps},
    {"POST", readings_path, Where::post, nullptr},
    {"POST", influx1_path, Where::post, nullptr},
    {"POST", influx2_path, Where::post, nullptr},
    {"GET", live_path, Where::web_thread, get_live},
    {"GET", events_path, Where::events, nullptr},
    {"GET", "/api/v1/gateway", Where::web_thread, get_gateway},
    {"GET", "/api/v1/books", Where::web_thread, get_books},
    {"GET", "/api/v1/upstreams", Where::web_thread, get_upstreams},
    {"POST", "/api/v1/upstreams/retry", Where::web_thread, post_upstream_retry},
    {"GET", "/api/v1/alarms", Where::pool, get_alarms},
    {"POST", "/api/v1/alarms/*/acknowledge", Where::pool, post_acknowledgement},
    {"GET", "/api/v1/alarms/rules", Where::web_thread, get_alarm_rules},
    {"GET", "/api/v1/configuration", Where::web_thread, get_configuration},
    {"GET", "/api/v1/timeline", Where::web_thread, get_timeline},
    {"GET", "/api/v1/messages", Where::pool, get_messages},
    {"GET", "/api/v1/messages/rejected", Where::pool, get_rejected_messages},
    {"POST", "/api/v1/decode", Where::pool, post_decode},
    {"POST", "/api/v1/trace", Where::web_thread, post_trace},
    {"GET", "/api/v1/trace", Where::web_thread, get_trace},
    {"GET", "/api/v1/commands", Where::pool, get_commands},
    {"POST", "/api/v1/commands", Where::pool, post_command},
    {"GET", "/api/v1/upstreams/*/dead", Where::pool, get_dead_letters},
    {"POST", "/api/v1/upstreams/*/dead", Where::pool, post_dead_letters},
}};

constexpr Route file_route{"GET", "", Where::web_thread, get_file};

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
