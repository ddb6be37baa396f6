#include "web/server/reply.hpp"

#include "web/server/json_text.hpp"

#include <boost/beast/http/status.hpp>

namespace tidegate::web {
namespace {

unsigned status_of(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::denied: return 403;
    case ErrorKind::not_found: return 404;
    case ErrorKind::full:
    case ErrorKind::unavailable: return 503;
    case ErrorKind::corrupt:
    case ErrorKind::internal: break;
    }
    return 500;
}

}  // namespace

Reply json_reply(std::string body)
{
    Reply reply{200, "application/json", std::move(body), {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply text_reply(unsigned status, std::string body)
{
    Reply reply{status, "text/plain; charset=utf-8", std::move(body), {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply problem(unsigned status, std::string_view detail)
{
    std::string body = R"({"type":"about:blank","title":)";
    json::append_string(body, boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)));
    body += R"(,"status":)";
    json::append_unsigned(body, status);
    body += R"(,"detail":)";
    json::append_string(body, detail);
    body += '}';
    Reply reply{status, "application/problem+json", std::move(body), {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply problem(const Error& error)
{
    Reply reply = problem(status_of(error.kind), error.what);
    if (reply.status == 503) reply.headers.emplace_back("Retry-After", "5");
    return reply;
}

}  // namespace tidegate::web
