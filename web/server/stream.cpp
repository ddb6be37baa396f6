#include "web/server/stream.hpp"

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <openssl/err.h>
#include <optional>
#include <vector>

namespace tidegate::web {
namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

struct Stream::State {
    explicit State(tcp::socket given) : socket(std::move(given)), timer(socket.get_executor()) {}

    void close()
    {
        error_code ignored;
        socket.close(ignored);
        timer.cancel();
    }

    tcp::socket socket;
    net::steady_timer timer;
    std::optional<Clock::time_point> deadline;
    std::optional<Clock::time_point> armed;  // for which the timer runs; at the deadline or before
    TlsConnection tls;                       // none: plain
    bool broken = false;                     // OpenSSL has said that nothing more can be done with it
    std::vector<char> joined;                // pieces of what is written, put together for one record
    std::array<char, 256> drained{};         // what nobody wants to know any more
};

namespace {

constexpr std::size_t one_record = 16 * 1024;

enum class Task { handshake, read, write };

// One call of OpenSSL, made again whenever the socket can do what the last one waited for.
template <class State>
struct TlsCall {
    std::shared_ptr<State> state;
    Task task = Task::handshake;
    void* data = nullptr;
    std::size_t size = 0;
    bool first = true;
    bool done = false;
    error_code result{};
    std::size_t count = 0;

    template <class Self>
    void operator()(Self& self, error_code error = {})
    {
        if (done) return self.complete(result, count);
        if (error) return finish(self, error, 0);
        ::ERR_clear_error();
        const int n = call();
        if (n > 0) return finish(self, {}, task == Task::handshake ? 0 : static_cast<std::size_t>(n));
        switch (::SSL_get_error(state->tls.get(), n)) {
        case SSL_ERROR_WANT_READ: return wait(self, tcp::socket::wait_read);
        case SSL_ERROR_WANT_WRITE: return wait(self, tcp::socket::wait_write);
        case SSL_ERROR_ZERO_RETURN: return finish(self, net::error::eof, 0);
        default: break;
        }
        state->broken = true;
        ::ERR_clear_error();
        finish(self, net::error::connection_reset, 0);
    }

private:
    int call() const
    {
        auto* tls = state->tls.get();
        const int most = static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
        switch (task) {
        case Task::read: return ::SSL_read(tls, data, most);
        case Task::write: return ::SSL_write(tls, data, most);
        case Task::handshake: break;
        }
        return ::SSL_accept(tls);
    }

    template <class Self>
    void wait(Self& self, tcp::socket::wait_type what)
    {
        first = false;
        auto& socket = state->socket;
        socket.async_wait(what, std::move(self));
    }

    // Never from within the call that began it.
    template <class Self>
    void finish(Self& self, error_code error, std::size_t n)
    {
        result = error;
        count = n;
        done = true;
        if (!first) return self.complete(result, count);
        const auto executor = state->socket.get_executor();
        net::post(executor, std::move(self));
    }
};

// Reads what the peer still sends, until it closes; the WebSocket has a deadline for that.
template <class State>
struct Drain {
    std::shared_ptr<State> state;

    template <class Self>
    void operator()(Self& self, error_code error = {}, std::size_t = 0)
    {
        if (error) {
            state->close();
            return self.complete(error == net::error::eof ? error_code() : error);
        }
        auto& kept = *state;
        kept.socket.async_read_some(net::buffer(kept.drained), std::move(self));
    }
};

template <class State>
void run_tls(const std::shared_ptr<State>& state, Task task, void* data, std::size_t size, Stream::Done done)
{
    TlsCall<State> call{state, task, data, size};
    net::async_compose<Stream::Done, void(error_code, std::size_t)>(std::move(call), done, state->socket);
}

template <class State>
void arm(const std::shared_ptr<State>& state)
{
    state->armed = state->deadline;
    state->timer.expires_at(*state->deadline);
    state->timer.async_wait([weak = std::weak_ptr<State>(state)](error_code error) {
        const auto there = weak.lock();
        if (error || !there) return;
        there->armed.reset();
        if (!there->deadline) return;
        if (*there->deadline <= Stream::Clock::now()) return there->close();
        arm(there);  // it was moved on meanwhile
    });
}

}  // namespace

Stream::Stream(tcp::socket socket) : state_(std::make_shared<State>(std::move(socket))) {}

Stream::~Stream()
{
    if (state_) state_->close();
}

Stream::executor_type Stream::get_executor()
{
    return state_->socket.get_executor();
}

tcp::socket& Stream::socket()
{
    return state_->socket;
}

bool Stream::secure() const
{
    return state_->tls != nullptr;
}

void Stream::expires_after(Clock::duration wait)
{
    state_->deadline = Clock::now() + wait;
    if (!state_->armed || *state_->armed > *state_->deadline) arm(state_);
}

void Stream::expires_never()
{
    state_->deadline.reset();
}

void Stream::close()
{
    state_->close();
}

void Stream::reset()
{
    error_code ignored;
    state_->socket.set_option(net::socket_base::linger(true, 0), ignored);
    state_->close();
}

void Stream::end_sending()
{
    if (state_->tls && !state_->broken && ::SSL_is_init_finished(state_->tls.get()) == 1) {
        ::SSL_shutdown(state_->tls.get());  // what the socket does not take now is not waited for
        ::ERR_clear_error();
    }
    error_code ignored;
    state_->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

net::awaitable<error_code> Stream::begin(SSL_CTX& context)
{
    constexpr char tls_handshake = 0x16;
    error_code error;
    auto& socket = state_->socket;
    socket.native_non_blocking(true, error);
    char byte = 0;
    ssize_t seen = -1;
    // Under load the reactor may wake one for what another had before it on the same descriptor.
    while (seen < 0) {
        co_await socket.async_wait(tcp::socket::wait_read, net::redirect_error(net::use_awaitable, error));
        if (error) co_return error;
        seen = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0 && errno != EAGAIN && errno != EINTR) break;
    }
    if (seen != 1 || byte != tls_handshake) co_return error;
    state_->tls.reset(::SSL_new(&context));
    if (!state_->tls || ::SSL_set_fd(state_->tls.get(), socket.native_handle()) != 1)
        co_return net::error::no_memory;
    const auto handshake = [this](auto handler) {
        run_tls(state_, Task::handshake, nullptr, 0, Done(std::move(handler)));
    };
    auto token = net::redirect_error(net::use_awaitable, error);
    co_await net::async_initiate<decltype(token), void(error_code, std::size_t)>(handshake, token);
    co_return error;
}

void Stream::start_read(net::mutable_buffer into, Done done)
{
    if (state_->tls && into.size() != 0)
        run_tls(state_, Task::read, into.data(), into.size(), std::move(done));
    else
        state_->socket.async_read_some(into, std::move(done));
}

void Stream::start_write(const Pieces& pieces, Done done)
{
    if (!state_->tls || pieces.empty()) return state_->socket.async_write_some(pieces, std::move(done));
    net::const_buffer what = pieces.front();
    if (pieces.size() > 1 && what.size() < one_record) {
        auto& joined = state_->joined;
        joined.resize(std::min(one_record, net::buffer_size(pieces)));
        net::buffer_copy(net::buffer(joined), pieces);
        what = net::buffer(joined);
    }
    // OpenSSL does not change what it writes.
    run_tls(state_, Task::write, const_cast<void*>(what.data()), what.size(), std::move(done));
}

void beast_close_socket(Stream& stream)
{
    stream.close();
}

void teardown(boost::beast::role_type role, Stream& stream, error_code& error)
{
    stream.end_sending();
    boost::beast::websocket::teardown(role, stream.socket(), error);
}

// Beast's own asks more of a handler's executor than an erased one has.
void tear_down(boost::beast::role_type /*role*/, Stream& stream, TornDown done)
{
    stream.end_sending();
    Drain<Stream::State> drain{stream.state_};
    net::async_compose<TornDown, void(error_code)>(std::move(drain), done, stream.socket());
}

}  // namespace tidegate::web
