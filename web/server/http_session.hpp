#pragma once

#include "web/server/core.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

namespace tidegate::web {

// What the acceptor knows of a connection.
struct Welcomed {
    std::string from;     // the peer's address
    std::string address;  // as limits count it (connection_count.hpp)
    bool from_loopback = false;
    std::optional<ConnectionCount::Slot> slot{};
    std::optional<Turned> turned{};  // it has none, and is told why
};

// Serves one connection: requests one after the other, until either side has enough, or a WebSocket takes
// over. Every wait has a bound (limits.hpp): for the handshake of TLS and a head, for a body, between
// requests, to take an answer.
boost::asio::awaitable<void> serve_http(boost::asio::ip::tcp::socket socket, Core& core, Welcomed welcomed);

}  // namespace tidegate::web
