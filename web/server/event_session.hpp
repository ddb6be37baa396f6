#pragma once

#include "web/server/core.hpp"
#include "web/server/live_hub.hpp"
#include "web/server/stream.hpp"

#include <boost/asio/awaitable.hpp>

namespace tidegate::web {

// Takes over a connection that asked for the live protocol as server-sent events, until either side closes.
boost::asio::awaitable<void> serve_events(Stream stream,
                                          LiveGreeting greeting,
                                          Identity identity,
                                          Core& core);

}  // namespace tidegate::web
