#include "web/server/post_wait.hpp"

#include "web/server/waits.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>

namespace tidegate::web {
namespace net = boost::asio;
using namespace net::experimental::awaitable_operators;

namespace {

// Shared by the coroutine, which goes when its client leaves, and the answer, which may come later. Used and
// destroyed on the web thread.
struct Pending {
    explicit Pending(const net::any_io_executor& home) : timer(home, net::steady_timer::time_point::max()) {}

    net::steady_timer timer;
    std::optional<PostResult> result;
};

PostDone answer_to(std::shared_ptr<Pending> pending, const net::any_io_executor& home)
{
    return [pending = std::move(pending), home](PostResult result) mutable {
        net::post(home, [pending = std::move(pending), result = std::move(result)]() mutable {
            pending->result = std::move(result);
            end_wait(pending->timer);
        });
    };
}

}  // namespace

net::awaitable<std::optional<PostResult>> await_post(const Facts& facts,
                                                     net::ip::tcp::socket& client,
                                                     Post post)
{
    const auto home = co_await net::this_coro::executor;
    auto pending = std::make_shared<Pending>(home);
    facts.post(std::move(post), answer_to(pending, home));
    co_await (until_ended(pending->timer) || client_left(client));
    co_return std::move(pending->result);
}

}  // namespace tidegate::web
