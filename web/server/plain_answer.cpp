#include "web/server/plain_answer.hpp"

#include "web/server/reply.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

constexpr std::array<std::string_view, 3> open_to_all{"/healthz", "/readyz", "/ca.crt"};

bool is_page(const Request& request)
{
    return request.method == "GET" && !request.path.starts_with("/api/") && request.path != "/metrics";
}

}  // namespace

std::optional<Reply> answer_to_plain(const Request& request, std::string_view target)
{
    const bool open = std::ranges::find(open_to_all, request.path) != open_to_all.end();
    if (open && request.method == "GET") return std::nullopt;
    if (is_page(request)) {
        Reply reply = text_reply(308, fmt::format("This is at https://{}{}\n", request.host, target));
        reply.headers.emplace_back("Location", fmt::format("https://{}{}", request.host, target));
        return reply;
    }
    Reply reply = problem(
        426, fmt::format("Here the API is spoken by HTTPS alone: https://{}{}. The certificate to trust is "
                         "at http://{}/ca.crt; what this request carried has gone over the network "
                         "unencrypted.",
                         request.host, request.path, request.host));
    reply.headers.emplace_back("Upgrade", "TLS/1.2, HTTP/1.1");
    return reply;
}

}  // namespace tidegate::web
