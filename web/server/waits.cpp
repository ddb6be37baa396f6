#include "web/server/waits.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <poll.h>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds between_looks{250};

// Whether it sends no more, whatever may still lie before that.
bool has_ended(net::ip::tcp::socket& client)
{
    if (!client.is_open()) return true;
    pollfd look{client.native_handle(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

net::awaitable<void> until_ended(net::steady_timer& timer)
{
    error_code ignored;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
}

void end_wait(net::steady_timer& timer)
{
    timer.expires_at(net::steady_timer::time_point::min());
}

net::awaitable<bool> woken(net::steady_timer& timer)
{
    error_code ignored;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
    const auto state = co_await net::this_coro::cancellation_state;
    co_return state.cancelled() == net::cancellation_type::none;
}

net::awaitable<void> client_left(net::ip::tcp::socket& client)
{
    error_code error;
    co_await client.async_wait(net::ip::tcp::socket::wait_read,
                               net::redirect_error(net::use_awaitable, error));
    if (error) co_return;
    net::steady_timer timer(client.get_executor());
    while (!error && !has_ended(client)) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(net::redirect_error(net::use_awaitable, error));
    }
}

}  // namespace tidegate::web
