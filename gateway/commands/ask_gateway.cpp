#include "gateway/commands/ask_gateway.hpp"

#include "web/accounts/console.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fmt/format.h>
#include <sstream>

namespace tidegate::gateway {
namespace net = boost::asio;

namespace {

// Where the API is reached from this machine.
net::ip::tcp::endpoint endpoint_of(const WebConfig& web)
{
    boost::system::error_code none;  // the configuration has been checked
    auto address = net::ip::make_address(web.address, none);
    // Where there is no IPv6, the server has taken `::` for all of IPv4.
    if (address.is_unspecified()) address = net::ip::address_v4::loopback();
    return {address, static_cast<std::uint16_t>(web.port)};
}

// From the loopback to whatever address: what comes from there need not speak TLS.
boost::system::error_code connect(net::ip::tcp::socket& socket, const net::ip::tcp::endpoint& to)
{
    boost::system::error_code failed;
    net::ip::address from = net::ip::address_v4::loopback();
    if (to.address().is_v6()) from = net::ip::address_v6::loopback();
    socket.open(to.protocol(), failed);
    if (!failed) socket.bind({from, 0}, failed);
    if (!failed) socket.connect(to, failed);
    return failed;
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
    const auto endpoint = endpoint_of(web);
    const auto host = endpoint.address().to_string();
    const auto name = endpoint.address().is_v6() ? "[" + host + "]" : host;
    net::io_context io;
    net::ip::tcp::socket socket(io);
    if (const auto failed = connect(socket, endpoint))
        return Error{
            ErrorKind::unavailable,
            fmt::format(
                "no gateway answers at {}:{} ({}); is it running, and is this its configuration (-c)?", name,
                web.port, failed.message())};
    net::ip::tcp::iostream stream(std::move(socket));
    stream.expires_after(std::chrono::seconds(10));
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
