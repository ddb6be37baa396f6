#include "web/server/listener.hpp"

#include "web/accounts/network_of.hpp"
#include "web/server/http_session.hpp"
#include "web/server/moment.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <fmt/core.h>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

// Out of file descriptors, most likely: trying again at once would only burn the processor. What is in the
// queue waits there.
constexpr std::chrono::milliseconds after_failure{500};
constexpr std::int64_t said_again_ms = 60'000;

// What the kernel may hold for one that asks for much and reads nothing (it takes twice as much, its own
// needs with it): by itself it would take 4 MB, and we would make answers for all of it.
constexpr int send_buffer = 128 * 1024;

std::size_t most_turned_away(const Limits& limits)
{
    constexpr std::size_t most = 64;
    return std::clamp<std::size_t>(limits.connections / turned_away_share, 1, most);
}

void start_session(tcp::socket socket, Core& core)
{
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;  // it has left already
    ++core.counts.accepted;
    const auto address = unmapped(peer.address());
    const auto from = address.to_string(), counted = network_of(from);
    Welcomed welcomed{from, counted, address.is_loopback(), core.connections.admit(counted)};
    if (!welcomed.slot) {
        welcomed.turned = core.connections.full() ? Turned::connections : Turned::connections_each;
        core.counts.count(*welcomed.turned);
        if (core.turned_away >= most_turned_away(core.limits)) return;  // the socket closes here
    }
    socket.set_option(tcp::no_delay(true), error);
    net::co_spawn(core.io, serve_http(std::move(socket), core, std::move(welcomed)), LogEnd{"http-session"});
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
    if (error && ip == net::ip::address_v6::any()) return open_acceptor(io, "0.0.0.0", port);  // no IPv6 here
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && ip == net::ip::address_v6::any()) acceptor.set_option(net::ip::v6_only(false), error);
    // Before it listens: what is accepted has the same.
    if (!error) acceptor.set_option(net::socket_base::send_buffer_size(send_buffer), error);
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
    std::int64_t said_ms = 0;
    while (acceptor.is_open()) {
        error_code error;
        tcp::socket socket = co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, error));
        if (!acceptor.is_open()) co_return;
        if (!error) {
            start_session(std::move(socket), core);
            continue;
        }
        ++core.counts.paused;
        const auto now_ms = this_moment().boot_ms;
        if (said_ms == 0 || now_ms - said_ms > said_again_ms) {
            said_ms = now_ms;
            log::error(
                "accepting_pauses why=\"{}\" open={} effect=\"the dashboard and the API take nobody new "
                "until "
                "a connection ends; messages are taken in as before\"",
                error.message(), core.connections.open());
        }
        pause.expires_after(after_failure);
        co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
    }
}

}  // namespace tidegate::web
