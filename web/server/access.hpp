#pragma once

#include "web/server/request.hpp"
#include "web/server/sanitize.hpp"
#include "web/tls/names.hpp"

#include <optional>
#include <string_view>

// Who may ask from where. A page of a stranger, opened in a browser that can reach us, must neither read nor
// steer us: it can aim a name of its own at our address (DNS rebinding), open a WebSocket (no same-origin
// policy there), or post.
namespace tidegate::web {

enum class Reach { loopback, network };

// Under which names and addresses a server is asked: always those of the loopback; what `names` holds (a host
// may be "*.example.com"); on a network any address, for a name in somebody else's hands is none.
struct Whereabouts {
    Reach reach = Reach::loopback;
    const Names& names;
};
bool is_our_host(std::string_view host, const Whereabouts& whereabouts);

// Whether `origin` ("http://name:port") is the page that `host` served.
bool same_origin(std::string_view origin, std::string_view host);

// For every request. Refuses with 421 what is addressed to another name, with 403 what comes from another's
// page.
std::optional<Refusal> check_access(const Request& request, const Whereabouts& whereabouts, bool upgrade);

}  // namespace tidegate::web
