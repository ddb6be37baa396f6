#pragma once

#include "web/server/request.hpp"
#include "web/server/sanitize.hpp"

#include <optional>
#include <string_view>

// Who may ask from where. A page of a stranger, opened in a browser that can reach us, must neither read nor
// steer us: it can aim a name of its own at our address (DNS rebinding), open a WebSocket (no same-origin
// policy there), or post.
namespace tidegate::web {

// A server bound to the loopback answers only to the loopback's own names.
bool is_loopback_host(std::string_view host);

// Whether `origin` ("http://name:port") is the page that `host` served.
bool same_origin(std::string_view origin, std::string_view host);

enum class Reach { loopback, network };

// For every request. Refuses with 421 what is addressed to another name, with 403 what comes from another's
// page.
std::optional<Refusal> check_access(const Request& request, Reach reach, bool upgrade);

}  // namespace tidegate::web
