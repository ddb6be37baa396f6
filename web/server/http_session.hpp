#pragma once

#include "web/server/core.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tidegate::web {

// Serves one connection: requests one after the other, until either side has enough, or a WebSocket takes
// over. Every wait has a bound: 10 s for a head, 30 s for a body, 60 s between requests, 60 s to take an
// answer.
boost::asio::awaitable<void> serve_http(boost::asio::ip::tcp::socket socket,
                                        Core& core,
                                        ConnectionCount::Slot slot);

}  // namespace tidegate::web
