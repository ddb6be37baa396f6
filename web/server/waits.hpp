#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tidegate::web {

// Until somebody ends the wait with end_wait(), also before it began, or the coroutine is cancelled.
boost::asio::awaitable<void> until_ended(boost::asio::steady_timer& timer);
void end_wait(boost::asio::steady_timer& timer);

// Until the timer, which never expires, is cancelled. False: it was the coroutine that was.
boost::asio::awaitable<bool> woken(boost::asio::steady_timer& timer);

// Returns when the peer has closed or reset, also behind something that is not read now: a pipelined request,
// TLS's own goodbye.
boost::asio::awaitable<void> client_left(boost::asio::ip::tcp::socket& client);

}  // namespace tidegate::web
