#pragma once

#include "web/server/core.hpp"
#include "web/server/reply.hpp"
#include "web/server/stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::web {

using HttpParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// HTTP/1.1 on one connection: requests come in and answers go out, each within its time. What is malformed,
// too large or too slow is refused here, counted, and ends it; who may ask what is not its business.
class HttpConnection {
public:
    HttpConnection(Stream stream, Core& core);

    // Where TLS is spoken, a connection says with its first byte whether it does. False: it came to nothing.
    boost::asio::awaitable<bool> begin(std::chrono::milliseconds within);

    // Waits for a request, and takes its head. False: there is nothing more to serve.
    boost::asio::awaitable<bool> read_head(HttpParser& parser);
    boost::asio::awaitable<bool> read_body(HttpParser& parser);
    bool nothing_follows() const { return buffer_.size() == 0; }  // what was read so far is one request
    bool keeps_alive(const HttpParser& parser);                   // after the answer to it; asked once

    // False: the connection is to end.
    boost::asio::awaitable<bool> write(Reply reply, bool keep_alive);
    // An answer whose length nobody knows yet: its head, its pieces, its end. A piece may not be empty.
    boost::asio::awaitable<bool> write_head(const Reply& reply, bool keep_alive);
    boost::asio::awaitable<bool> write_piece(const std::string& piece);
    boost::asio::awaitable<bool> end_pieces();
    void rests() { stream_.expires_never(); }      // until the next of these, however long it takes
    bool head_only() const { return head_only_; }  // the request was HEAD
    bool knows_pieces() const { return chunks_; }  // false: HTTP/1.0, where the end is that of the connection

    // Counts it, says so, and ends.
    boost::asio::awaitable<void> refuse(Turned why, unsigned status, std::string_view detail);
    // Closing with unread bytes would reset the connection, and the peer might never see our answer: reads
    // them, a little.
    boost::asio::awaitable<void> linger();
    void leave();  // at once where nothing is under way
    void close() { stream_.close(); }

    bool secure() const { return stream_.secure(); }
    boost::asio::ip::tcp::socket& socket() { return stream_.socket(); }
    Stream take_stream() { return std::move(stream_); }  // the last that is done with it

private:
    boost::asio::awaitable<bool> wait_for_head();
    void make_room();
    bool went_well(const boost::system::error_code& error, Turned late = Turned::slow);
    template <class Message>
    void set_head(Message& response, const Reply& reply, bool keep_alive) const;

    Stream stream_;
    Core& core_;
    boost::beast::flat_buffer buffer_;
    std::size_t head_length_ = 0;
    std::size_t served_ = 0;
    std::string_view influx_;  // the path of a request that is answered in InfluxDB's words; empty: it is not
    bool waiting_ = true;      // for a request: may be ended at any time
    bool head_only_ = false;
    bool chunks_ = true;
};

}  // namespace tidegate::web
