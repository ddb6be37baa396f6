#pragma once

#include "web/server/core.hpp"
#include "web/server/live_hub.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace tidegate::web {

// Takes over a connection that asked for the live protocol as server-sent events, until either side closes.
boost::asio::awaitable<void> serve_events(boost::beast::tcp_stream stream, LiveGreeting greeting, Core& core);

}  // namespace tidegate::web
