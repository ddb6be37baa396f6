#include "web/server/reply.hpp"

#include "web/server/json_text.hpp"

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
    json::append_string(body, reason_phrase(status));
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

std::string_view reason_phrase(unsigned status)
{
    switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Unknown";
    }
}

}  // namespace tidegate::web
