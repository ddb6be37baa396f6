#include "web/server/access.hpp"

#include "web/server/text.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

std::string_view without_suffix(std::string_view text, std::string_view suffix)
{
    return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

std::string_view without_port(std::string_view host)
{
    if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
    return host.substr(0, host.find(':'));
}

// "*" stands for one label at the beginning.
bool fits(std::string_view pattern, std::string_view name)
{
    if (!pattern.starts_with("*.")) return pattern == name;
    const auto dot = name.find('.');
    return dot != std::string_view::npos && dot != 0 && name.substr(dot) == pattern.substr(1);
}

}  // namespace

bool is_our_host(std::string_view host, const Whereabouts& whereabouts)
{
    const std::string name = lowered(without_port(host));
    if (name == "localhost" || name == "127.0.0.1" || name == "::1") return true;
    if (whereabouts.reach == Reach::network && is_address(name)) return true;
    const auto& [hosts, addresses] = whereabouts.names;
    return std::ranges::any_of(hosts, [&name](const auto& one) { return fits(one, name); }) ||
           std::ranges::find(addresses, name) != addresses.end();
}

bool same_origin(std::string_view origin, std::string_view host)
{
    constexpr std::string_view plain = "http://";
    constexpr std::string_view secure = "https://";
    if (origin.starts_with(plain)) {
        origin.remove_prefix(plain.size());
        return equal_no_case(without_suffix(origin, ":80"), without_suffix(host, ":80"));
    }
    if (!origin.starts_with(secure)) return false;  // "null" among others
    origin.remove_prefix(secure.size());
    return equal_no_case(without_suffix(origin, ":443"), without_suffix(host, ":443"));
}

std::optional<Refusal> check_access(const Request& request, const Whereabouts& whereabouts, bool upgrade)
{
    if (!is_our_host(request.host, whereabouts)) {
        return Refusal{421,
                       "The gateway does not go by this name: ask for its address or its host's name, "
                       "or add this one to web.names in its configuration."};
    }
    const bool reads = request.method == "GET" && !upgrade;
    if (reads) return std::nullopt;
    if (!request.origin.empty() && !same_origin(request.origin, request.host)) {
        return Refusal{403, "The Origin of this request is not the gateway's own."};
    }
    const bool own_page =
        request.fetch_site.empty() || request.fetch_site == "same-origin" || request.fetch_site == "none";
    if (!own_page) return Refusal{403, "This request comes from a page of another site."};
    return std::nullopt;
}

}  // namespace tidegate::web
