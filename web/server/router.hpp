#pragma once

#include "web/server/api.hpp"
#include "web/server/request.hpp"

#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

namespace tidegate::web {

using Handler = Reply (*)(const Api&, const Request&, std::stop_token);

// `pool`: whatever grows with the number of series or readings, so that it never holds up the live view.
// `login`: whatever hashes a password or writes an account; slow, and one at a time.
// `stream`: in the pool, too, and piece by piece; without a handler, for there is one such endpoint:
// open_export().
// `post`: handed to the gateway, and answered when it is committed; without a handler: api_posts.hpp.
// `events`: the connection becomes one of server-sent events; without a handler: event_session.hpp.
enum class Where { web_thread, pool, login, stream, post, events };

// `role`: what it takes; for Role::none it answers everybody, also before the gateway is claimed.
struct Route {
    std::string_view method, path;
    Role role;
    Where where;
    Handler handler;
};

inline constexpr std::string_view live_path = "/api/v1/live";
inline constexpr std::string_view events_path = "/api/v1/stream";

struct Routed {
    const Route* route = nullptr;
    std::optional<Reply> refusal;  // 404, or 405 with Allow, when there is no route
};

std::span<const Route> all_routes();

Routed find_route(std::string_view method, std::string_view path);

}  // namespace tidegate::web
