#include "gateway/commands/ask_gateway.hpp"

#include "web/accounts/console.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fmt/format.h>
#include <sstream>

namespace tidegate::gateway {

namespace {

// Where the API is reached from this machine.
std::string host_of(const WebConfig& web)
{
    if (web.address == "0.0.0.0") return "127.0.0.1";
    return web.address == "::" ? "::1" : web.address;
}

// Why the gateway does not know who asks.
std::string hint(const Result<std::string>& credential)
{
    if (credential || credential.error().kind != ErrorKind::denied) return {};
    return " On the gateway's own machine: sudo -u tidegate tidegate …";
}

}  // namespace

Result<std::string> ask_gateway(const Config& config, const std::string& method, const std::string& target)
{
    const auto& web = config.web;
    const auto credential = web::read_console(config.gateway.runtime_directory);
    const auto host = host_of(web);
    const auto name = host.find(':') == host.npos ? host : "[" + host + "]";
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::seconds(10));
    stream.connect(host, std::to_string(web.port));
    if (!stream)
        return Error{
            ErrorKind::unavailable,
            fmt::format(
                "no gateway answers at {}:{} ({}); is it running, and is this its configuration (-c)?", name,
                web.port, stream.error().message())};
    stream << method << ' ' << target << " HTTP/1.1\r\nHost: " << name << ':' << web.port
           << (credential ? "\r\nAuthorization: Bearer " + *credential : "")
           << "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
           << std::flush;
    std::ostringstream answer;
    answer << stream.rdbuf();
    const auto text = answer.str();
    const auto head = text.find("\r\n\r\n");
    if (head != text.npos && text.starts_with("HTTP/1.1 2")) return text.substr(head + 4);
    // RFC 9457: it says what to do.
    const auto problem =
        head == text.npos ? nlohmann::json() : nlohmann::json::parse(text.substr(head + 4), nullptr, false);
    if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string())
        return Error{ErrorKind::invalid, problem["detail"].get<std::string>() + hint(credential)};
    return Error{ErrorKind::unavailable, fmt::format("{}:{}{} is no answer of a gateway: {}", name, web.port,
                                                     target, text.substr(0, text.find('\r')))};
}

}  // namespace tidegate::gateway
