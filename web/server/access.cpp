#include "web/server/access.hpp"

#include "web/server/text.hpp"

namespace tidegate::web {
namespace {

std::string_view without_suffix(std::string_view text, std::string_view suffix)
{
    return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

}  // namespace

bool is_loopback_host(std::string_view host)
{
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    const std::string_view name = has_port ? host.substr(0, colon) : host;
    return equal_no_case(name, "localhost") || name == "127.0.0.1" || name == "[::1]";
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

std::optional<Refusal> check_access(const Request& request, Reach reach, bool upgrade)
{
    if (reach == Reach::loopback && !is_loopback_host(request.host)) {
        return Refusal{421,
                       "This gateway answers on the loopback only: ask for localhost, 127.0.0.1 or [::1]."};
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
