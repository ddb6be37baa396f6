#include "web/server/router.hpp"

#include "web/server/reply.hpp"

#include <array>

namespace tidegate::web {
namespace {

constexpr std::array<Route, 12> routes{{
    {"GET", "/healthz", Where::web_thread, get_health},
    {"GET", "/readyz", Where::web_thread, get_readiness},
    {"GET", "/metrics", Where::web_thread, get_metrics},
    {"GET", "/api/v1/series", Where::pool, get_series},
    {"GET", "/api/v1/history", Where::pool, get_history},
    {"GET", "/api/v1/export", Where::stream, nullptr},
    {"GET", "/api/v1/gaps", Where::pool, get_gaps},
    {"GET", live_path, Where::web_thread, get_live},
    {"GET", "/api/v1/gateway", Where::web_thread, get_gateway},
    {"GET", "/api/v1/books", Where::web_thread, get_books},
    {"GET", "/api/v1/upstreams", Where::web_thread, get_upstreams},
    {"POST", "/api/v1/upstreams/retry", Where::web_thread, post_upstream_retry},
}};

constexpr Route file_route{"GET", "", Where::web_thread, get_file};

Reply not_allowed(std::string_view allowed)
{
    const std::string list = allowed == "GET" ? "GET, HEAD" : std::string(allowed);
    Reply reply = problem(405, "Allowed here: " + list + ".");
    reply.headers.emplace_back("Allow", list);
    return reply;
}

}  // namespace

Routed find_route(std::string_view method, std::string_view path)
{
    for (const Route& route : routes) {
        if (route.path != path) continue;
        if (route.method != method) return {nullptr, not_allowed(route.method)};
        return {&route, std::nullopt};
    }
    if (path.starts_with("/api/"))
        return {nullptr, problem(404, "There is no such endpoint; see docs/api.md.")};
    if (method != "GET") return {nullptr, not_allowed("GET")};
    return {&file_route, std::nullopt};
}

}  // namespace tidegate::web
