#include "web/server/live_session.hpp"

#include "web/server/counted.hpp"
#include "web/server/live_protocol.hpp"
#include "web/server/security_headers.hpp"
#include "web/server/text.hpp"
#include "web/server/waits.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>

namespace tidegate::web {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace {

using Upgrade = http::request<http::string_body>;

// permessage-deflate as a board can afford it: what a connection's compressor and decompressor hold, measured
// (docs/benchmarks.md), and no more of them than the budget has room for. Who does not offer a smaller window
// for what it sends (Firefox) makes us keep the largest.
constexpr std::size_t deflate_bytes = 48UL * 1024;
constexpr int small_window_bits = 9, largest_window_bits = 15;
constexpr std::size_t largest_window_bytes = 1UL << largest_window_bits;

bool offers(const Upgrade& request, std::string_view extension)
{
    const auto offered = request[http::field::sec_websocket_extensions];
    return std::string_view(offered.data(), offered.size()).find(extension) != std::string_view::npos;
}

websocket::permessage_deflate deflate_options(bool small_window)
{
    websocket::permessage_deflate options;
    options.server_enable = true;
    options.server_max_window_bits = 12;
    options.client_max_window_bits = small_window ? small_window_bits : largest_window_bits;
    options.server_no_context_takeover = true;
    options.client_no_context_takeover = true;
    options.compLevel = 1;
    options.memLevel = 4;
    options.msg_size_threshold = 512;
    return options;
}

bool offers_subprotocol(const Upgrade& request)
{
    return accepts(request[http::field::sec_websocket_protocol], live_subprotocol);
}

class LiveSession {
public:
    LiveSession(Stream stream, Identity identity, Core& core)
        : socket_(std::move(stream)),
          wake_(socket_.get_executor()),
          core_(core)
    {
        client_.identity = std::move(identity);
        wake_.expires_at(net::steady_timer::time_point::max());
        client_.wake = [this] { wake_.cancel(); };
        client_.cut = [this] { socket_.next_layer().reset(); };
    }

    net::awaitable<void> run(const Upgrade& request);

private:
    net::awaitable<bool> accept(const Upgrade& request);
    void allow_deflate(const Upgrade& request);
    void note_end(const error_code& error);
    net::awaitable<void> receive();
    net::awaitable<void> send();

    websocket::stream<Stream> socket_;
    net::steady_timer wake_;
    LiveClient client_;
    Core& core_;
    std::optional<Counted> deflate_;  // its part of the budget
};

net::awaitable<bool> LiveSession::accept(const Upgrade& request)
{
    socket_.next_layer().expires_never();  // the WebSocket has deadlines of its own
    error_code error;
    auto& lowest = socket_.next_layer().socket();
    lowest.set_option(net::socket_base::send_buffer_size(live_send_buffer), error);
    websocket::stream_base::timeout deadlines{core_.limits.head_time, core_.limits.idle_time,
                                              true};  // handshake and close; silence; with pings
    socket_.set_option(deadlines);
    socket_.read_message_max(core_.limits.live_message);
    socket_.text(true);
    socket_.auto_fragment(false);
    allow_deflate(request);
    const bool negotiated = offers_subprotocol(request);
    auto decorate = [negotiated](websocket::response_type& response) {
        for (const auto& [name, value] : security_headers) {
            response.set(beast::string_view(name), beast::string_view(value));
        }
        response.set(http::field::server, "tidegate");  // else Beast says which it is
        if (negotiated)
            response.set(http::field::sec_websocket_protocol, beast::string_view(live_subprotocol));
    };
    socket_.set_option(websocket::stream_base::decorator(decorate));
    co_await socket_.async_accept(request, net::redirect_error(net::use_awaitable, error));
    co_return !error;
}

void LiveSession::allow_deflate(const Upgrade& request)
{
    const bool small_window = offers(request, "client_max_window_bits");
    const auto bytes = deflate_bytes + (small_window ? 0 : largest_window_bytes);
    if (!offers(request, "permessage-deflate") || core_.deflate_bytes + bytes > core_.deflate_bytes_most)
        return;
    deflate_.emplace(core_.deflate_bytes, bytes);
    socket_.set_option(deflate_options(small_window));
}

net::awaitable<void> LiveSession::run(const Upgrade& request)
{
    Registry::Ending ending{[] {}, client_.cut};  // the hub says goodbye
    Registry::Member member(core_.registry, std::move(ending));
    if (!co_await accept(request)) co_return;
    const JoinedLive joined(core_.hub, client_);
    co_await (receive() || send());
}

// Of what Beast itself refuses, and closes for.
void LiveSession::note_end(const error_code& error)
{
    if (client_.goodbye.code != 0) return;  // the hub has counted it
    if (error == websocket::error::message_too_big)
        core_.counts.count(Turned::live_message);
    else if (error == websocket::condition::protocol_violation)
        core_.counts.count(Turned::live_malformed);
    else if (error == beast::error::timeout)
        core_.counts.count(Turned::live_slow);
}

// Returns when the peer has left. What the hub does not understand makes it say goodbye; send() then closes.
net::awaitable<void> LiveSession::receive()
{
    beast::flat_buffer buffer;
    for (;;) {
        error_code error;
        co_await socket_.async_read(buffer, net::redirect_error(net::use_awaitable, error));
        if (error) co_return note_end(error);
        const std::string_view text(static_cast<const char*>(buffer.data().data()), buffer.size());
        core_.hub.receive(client_, socket_.got_text() ? text : std::string_view{}, this_moment());
        buffer.consume(buffer.size());
    }
}

net::awaitable<void> LiveSession::send()
{
    for (;;) {
        error_code error;
        const LiveStep step = core_.hub.next(client_, this_moment());
        if (step.close != 0) {
            const websocket::close_reason reason(static_cast<websocket::close_code>(step.close), step.reason);
            co_await socket_.async_close(reason, net::redirect_error(net::use_awaitable, error));
            co_return;
        }
        if (step.frame) {
            const auto text = net::buffer(*step.frame);
            co_await socket_.async_write(text, net::redirect_error(net::use_awaitable, error));
            if (error) co_return;
        } else if (!co_await woken(wake_)) {
            co_return;
        }
    }
}

}  // namespace

net::awaitable<void> serve_live(Stream stream, Upgrade request, Identity identity, Core& core)
{
    LiveSession session(std::move(stream), std::move(identity), core);
    co_await session.run(request);
}

}  // namespace tidegate::web
