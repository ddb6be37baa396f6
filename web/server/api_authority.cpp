#include "web/server/api.hpp"
#include "web/server/reply.hpp"
#include "web/tls/keeper.hpp"

namespace tidegate::web {

Reply get_authority(const Api& api, const Request& /*request*/, std::stop_token /*stop*/)
{
    if (api.certificates == nullptr || api.certificates->authority().empty())
        return problem(404,
                       "This gateway has no certificate authority of its own: it speaks plain HTTP, or "
                       "with a certificate from files (web.tls).");
    Reply reply{200, "application/x-x509-ca-cert", api.certificates->authority(), {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"tidegate-ca.crt\"");
    return reply;
}

}  // namespace tidegate::web
