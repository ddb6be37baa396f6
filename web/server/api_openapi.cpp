#include "web/server/api.hpp"

#include "web/server/text.hpp"

#include <functional>
#include <string_view>

extern "C" {
extern const char tidegate_openapi[], tidegate_openapi_end[];
}

namespace tidegate::web {

std::string_view openapi_text()
{
    return {tidegate_openapi, static_cast<std::size_t>(tidegate_openapi_end - tidegate_openapi)};
}

// It changes with the program alone; who has it need not fetch it again. Weak: packed or not it is the same.
Reply get_openapi(const Api&, const Request& request, std::stop_token)
{
    static const std::string tag = '"' + std::to_string(std::hash<std::string_view>()(openapi_text())) + '"';
    Reply reply{200, "application/json", std::string(openapi_text()), {}};
    if (is_known_to(request.if_none_match, tag)) reply = {304, "", "", {}};
    reply.headers.emplace_back("ETag", "W/" + tag);
    reply.headers.emplace_back("Cache-Control", "no-cache");
    return reply;
}

}  // namespace tidegate::web
