#include "web/server/event_session.hpp"

#include "web/server/event_text.hpp"
#include "web/server/security_headers.hpp"
#include "web/server/waits.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;
using namespace net::experimental::awaitable_operators;

namespace {

// Without a length: it ends with the connection.
std::string head_text()
{
    std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Accel-Buffering: no\r\nConnection: close\r\n";
    for (const auto& [name, value] : security_headers) {
        head += name;
        head += ": ";
        head += value;
        head += "\r\n";
    }
    return head + "\r\nretry: 2000\n\n";
}

class EventSession {
public:
    EventSession(Stream stream, Identity identity, Core& core)
        : stream_(std::move(stream)),
          wake_(stream_.get_executor(), net::steady_timer::time_point::max()),
          core_(core)
    {
        client_.identity = std::move(identity);
        client_.transport = LiveTransport::events;
        client_.wake = [this] { wake_.cancel(); };
        client_.cut = [this] { stream_.reset(); };
    }

    net::awaitable<void> run(LiveGreeting greeting);

private:
    net::awaitable<void> send();

    Stream stream_;
    net::steady_timer wake_;
    LiveClient client_;
    Core& core_;
};

net::awaitable<void> EventSession::run(LiveGreeting greeting)
{
    Registry::Ending ending{[] {}, client_.cut};  // the hub says goodbye
    Registry::Member member(core_.registry, std::move(ending));
    error_code error;
    stream_.expires_after(core_.limits.write_time);
    stream_.socket().set_option(net::socket_base::send_buffer_size(live_send_buffer), error);
    const std::string head = head_text();
    co_await net::async_write(stream_, net::buffer(head), net::redirect_error(net::use_awaitable, error));
    if (error) co_return;
    stream_.expires_never();  // from here on the hub has the deadlines
    const JoinedLive joined(core_.hub, client_);
    core_.hub.begin(client_, std::move(greeting), this_moment());
    co_await (client_left(stream_.socket()) || send());
}

net::awaitable<void> EventSession::send()
{
    for (;;) {
        error_code error;
        const LiveStep step = core_.hub.next(client_, this_moment());
        if (step.close != 0) co_return;
        if (step.frame) {
            const std::string head = event_head(core_.hub.epoch_for(client_), client_.seq, *step.frame);
            const std::array parts{net::buffer(head), net::buffer(*step.frame),
                                   net::buffer(std::string_view("\n\n"))};
            co_await net::async_write(stream_, parts, net::redirect_error(net::use_awaitable, error));
            if (error) co_return;
        } else if (!co_await woken(wake_)) {
            co_return;
        }
    }
}

}  // namespace

net::awaitable<void> serve_events(Stream stream, LiveGreeting greeting, Identity identity, Core& core)
{
    EventSession session(std::move(stream), std::move(identity), core);
    co_await session.run(std::move(greeting));
}

}  // namespace tidegate::web
