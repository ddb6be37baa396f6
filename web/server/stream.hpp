#pragma once

#include "web/tls/openssl.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/container/static_vector.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace tidegate::web {

// A TCP connection with a deadline, which may be encrypted. One type for both, and one kind of handler
// inside, so that Beast is compiled once and not twice (docs/decisions/0031). OpenSSL works on the socket
// itself: a connection that says nothing holds no buffers.
//
// A deadline that passes closes the socket; whatever waits then ends with an error.
class Stream {
public:
    using executor_type = boost::asio::any_io_executor;
    using Clock = std::chrono::steady_clock;
    using Done = boost::asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
    using Pieces = boost::container::static_vector<boost::asio::const_buffer, 16>;

    explicit Stream(boost::asio::ip::tcp::socket socket);
    Stream(Stream&&) noexcept = default;
    Stream& operator=(Stream&&) noexcept = default;
    ~Stream();

    executor_type get_executor();
    boost::asio::ip::tcp::socket& socket();
    bool secure() const;  // by TLS

    // Waits for the first byte, and where it is the beginning of TLS for the end of the handshake.
    boost::asio::awaitable<boost::system::error_code> begin(SSL_CTX& context);

    void expires_after(Clock::duration wait);
    void expires_never();
    void end_sending();  // says so by TLS, too
    void close();
    void reset();  // closes, and what the peer has not taken yet is not sent any more

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, boost::asio::mutable_buffer into) {
                start_read(into, Done(std::move(handler)));
            },
            token, first_of(buffers));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Pieces& pieces) { start_write(pieces, Done(std::move(handler))); },
            token, pieces_of(buffers));
    }

private:
    struct State;
    friend void tear_down(boost::beast::role_type role,
                          Stream& stream,
                          boost::asio::any_completion_handler<void(boost::system::error_code)> done);

    template <class Buffers>
    static boost::asio::mutable_buffer first_of(const Buffers& buffers)
    {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto one = boost::asio::buffer_sequence_begin(buffers); one != end; ++one) {
            const boost::asio::mutable_buffer buffer(*one);
            if (buffer.size() != 0) return buffer;
        }
        return {};
    }

    // As many as fit: who writes some writes the rest later.
    template <class Buffers>
    static Pieces pieces_of(const Buffers& buffers)
    {
        Pieces pieces;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto one = boost::asio::buffer_sequence_begin(buffers); one != end; ++one) {
            const boost::asio::const_buffer buffer(*one);
            if (pieces.size() == pieces.capacity()) break;
            if (buffer.size() != 0) pieces.push_back(buffer);
        }
        return pieces;
    }

    void start_read(boost::asio::mutable_buffer into, Done done);
    void start_write(const Pieces& pieces, Done done);

    std::shared_ptr<State> state_;  // the deadline's timer looks whether it is still there
};

// What Beast's WebSocket asks of its lowest layer.
void beast_close_socket(Stream& stream);
void teardown(boost::beast::role_type role, Stream& stream, boost::system::error_code& error);

using TornDown = boost::asio::any_completion_handler<void(boost::system::error_code)>;
void tear_down(boost::beast::role_type role, Stream& stream, TornDown done);

template <class Handler>
void async_teardown(boost::beast::role_type role, Stream& stream, Handler&& handler)
{
    tear_down(role, stream, TornDown(std::forward<Handler>(handler)));
}

}  // namespace tidegate::web
