#include "web/server/waits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;

net::awaitable<void> until_ended(net::steady_timer& timer)
{
    error_code ignored;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
}

void end_wait(net::steady_timer& timer)
{
    timer.expires_at(net::steady_timer::time_point::min());
}

net::awaitable<void> client_left(net::ip::tcp::socket& client)
{
    error_code error;
    co_await client.async_wait(net::ip::tcp::socket::wait_read,
                               net::redirect_error(net::use_awaitable, error));
    if (error) co_return;
    std::array<char, 1> byte{};
    client.receive(net::buffer(byte), net::ip::tcp::socket::message_peek, error);
    if (error) co_return;
    net::steady_timer timer(client.get_executor(), net::steady_timer::time_point::max());
    co_await until_ended(timer);
}

}  // namespace tidegate::web
