#pragma once

#include "base/error.hpp"
#include "web/server/core.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace tidegate::web {

// Binds and listens. `port` 0: any free one.
Result<boost::asio::ip::tcp::acceptor> open_acceptor(boost::asio::io_context& io,
                                                     const std::string& address,
                                                     std::uint16_t port);

// Accepts until the server stops; each connection is served by a coroutine of its own.
boost::asio::awaitable<void> accept_connections(boost::asio::ip::tcp::acceptor acceptor, Core& core);

}  // namespace tidegate::web
