#include "web/server/listener.hpp"

#include "web/server/http_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <fmt/core.h>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

// Out of file descriptors, most likely: trying again at once would only burn the processor.
constexpr std::chrono::milliseconds after_failure{500};

void start_session(tcp::socket socket, Core& core)
{
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;  // it has left already
    auto slot = core.connections.admit(peer.address().to_string());
    if (!slot) return;  // the socket closes here
    socket.set_option(tcp::no_delay(true), error);
    net::co_spawn(core.io, serve_http(std::move(socket), core, std::move(*slot)), LogEnd{"http-session"});
}

}  // namespace

Result<tcp::acceptor> open_acceptor(net::io_context& io, const std::string& address, std::uint16_t port)
{
    error_code error;
    const auto failed = [&](std::string_view what) {
        const auto kind = error == net::error::access_denied ? ErrorKind::denied : ErrorKind::unavailable;
        return Error{kind, fmt::format("{} {} port {}: {}", what, address, port, error.message())};
    };
    const auto ip = net::ip::make_address(address, error);
    if (error)
        return Error{ErrorKind::invalid, fmt::format("\"{}\" is not an IP address to listen on", address)};
    const tcp::endpoint endpoint(ip, port);
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (error) return failed("opening a socket for");
    acceptor.bind(endpoint, error);
    if (error) return failed("binding to");
    acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error) return failed("listening on");
    return acceptor;
}

net::awaitable<void> accept_connections(tcp::acceptor acceptor, Core& core)
{
    net::steady_timer pause(core.io);
    const auto close = [&] {
        error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
    };
    Registry::Ending ending{close, close};
    Registry::Member member(core.registry, std::move(ending));
    bool complained = false;
    while (acceptor.is_open()) {
        error_code error;
        tcp::socket socket = co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, error));
        if (!acceptor.is_open()) co_return;
        if (!error) {
            complained = false;
            start_session(std::move(socket), core);
            continue;
        }
        if (!std::exchange(complained, true)) log::error("accept-failed why=\"{}\"", error.message());
        pause.expires_after(after_failure);
        co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
    }
}

}  // namespace tidegate::web
