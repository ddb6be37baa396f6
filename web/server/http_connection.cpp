#include "web/server/http_connection.hpp"

#include "web/server/api_posts.hpp"
#include "web/server/sanitize.hpp"
#include "web/server/security_headers.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::web {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

using namespace std::chrono_literals;

constexpr auto linger_deadline = 1s;
constexpr std::size_t most_drained = 1024 * 1024;
constexpr std::size_t read_at_once = 16 * 1024;

std::string_view received(const beast::flat_buffer& buffer)
{
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

bool is_malformed(const error_code& error)
{
    const auto& category = http::make_error_code(http::error::bad_chunk).category();
    return error.category() == category && error != http::error::end_of_stream &&
           error != http::error::partial_message;
}

Turned turned_by(unsigned status)
{
    if (status == 413) return Turned::body;
    return status == 414 || status == 431 ? Turned::head : Turned::malformed;
}

void refuse_long_extensions(std::uint64_t, beast::string_view extension, error_code& error)
{
    if (extension.size() > longest_chunk_extension) error = http::error::bad_chunk_extension;
}

}  // namespace

HttpConnection::HttpConnection(Stream stream, Core& core) : stream_(std::move(stream)), core_(core) {}

// For what may be there, and for a piece more: the limits may be smaller than a piece, and change meanwhile.
void HttpConnection::make_room()
{
    const auto& limits = core_.limits.request;
    buffer_.max_size(std::max(buffer_.size(), limits.head + limits.body) + read_at_once);
}

// Says so; and counts it where it is our deadline that has closed the connection.
bool HttpConnection::went_well(const error_code& error, Turned late)
{
    if (error && !stream_.socket().is_open() && !core_.stopping) core_.counts.count(late);
    return !error;
}

void HttpConnection::leave()
{
    if (waiting_) stream_.close();
}

net::awaitable<void> HttpConnection::linger()
{
    error_code error;
    stream_.end_sending();
    waiting_ = true;
    stream_.expires_after(linger_deadline);
    buffer_.clear();
    make_room();
    for (std::size_t drained = 0; !error && drained < most_drained;) {
        const auto space = buffer_.prepare(read_at_once);
        drained += co_await stream_.async_read_some(space, net::redirect_error(net::use_awaitable, error));
    }
}

net::awaitable<bool> HttpConnection::begin(std::chrono::milliseconds within)
{
    stream_.expires_after(within);
    if (core_.certificates == nullptr) co_return true;
    const error_code error = co_await stream_.begin(*core_.certificates->context());
    if (!stream_.secure()) co_return went_well(error);
    if (error) core_.counts.count(Turned::tls);
    co_return !error;
}

// Leaves the whole of it in the buffer.
net::awaitable<bool> HttpConnection::wait_for_head()
{
    std::size_t seen = 0;
    waiting_ = true;
    head_only_ = false;
    influx_ = {};
    if (served_ != 0) stream_.expires_after(core_.limits.idle_time);
    for (;;) {
        const HeadScan scan = scan_head(received(buffer_), seen, core_.limits.request);
        if (scan.refusal) {
            co_await refuse(turned_by(scan.refusal->status), scan.refusal->status, scan.refusal->detail);
            co_return false;
        }
        head_length_ = scan.length;
        if (scan.length != 0) break;
        seen = buffer_.size();
        error_code error;
        constexpr std::size_t piece = 2048;
        static_assert(piece <= read_at_once);
        make_room();
        const auto space = buffer_.prepare(piece);
        const std::size_t n =
            co_await stream_.async_read_some(space, net::redirect_error(net::use_awaitable, error));
        Turned late = Turned::slow;
        if (seen == 0 && served_ != 0) late = Turned::idle;
        if (!went_well(error, late)) co_return false;
        if (seen == 0 && served_ != 0) stream_.expires_after(core_.limits.head_time);
        buffer_.commit(n);
    }
    waiting_ = false;
    co_return true;
}

net::awaitable<bool> HttpConnection::read_head(HttpParser& parser)
{
    if (!co_await wait_for_head()) co_return false;
    ++served_;
    ++core_.counts.requests;
    const std::string_view head = received(buffer_).substr(0, head_length_);
    influx_ = influx_path_of(head);
    if (const auto refusal = check_head(head, core_.limits.request)) {
        co_await refuse(turned_by(refusal->status), refusal->status, refusal->detail);
        co_return false;
    }
    parser.header_limit(static_cast<std::uint32_t>(core_.limits.request.head + 1));
    // check_head() knows what it may be for this target.
    parser.body_limit(std::max(core_.limits.request.post, core_.limits.request.body));
    parser.on_chunk_header(refuse_long_extensions);
    error_code error;
    buffer_.consume(parser.put(net::buffer(head), error));
    if (error || !parser.is_header_done()) {
        co_await refuse(Turned::malformed, 400, "The request is malformed.");
        co_return false;
    }
    head_only_ = parser.get().method() == http::verb::head;
    chunks_ = parser.get().version() == 11;
    co_return true;
}

net::awaitable<bool> HttpConnection::read_body(HttpParser& parser)
{
    error_code error;
    stream_.expires_after(core_.limits.body_time);
    if (parser.get()[http::field::expect] == "100-continue" && parser.get().version() == 11) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await net::async_write(stream_, net::buffer(go_on),
                                  net::redirect_error(net::use_awaitable, error));
        if (error) co_return false;
    }
    co_await http::async_read(stream_, buffer_, parser, net::redirect_error(net::use_awaitable, error));
    if (!error) co_return true;
    if (error == http::error::body_limit) {
        co_await refuse(Turned::body, body_too_large.status, body_too_large.detail);
    } else if (is_malformed(error)) {
        co_await refuse(Turned::malformed, 400, "The body is malformed.");
    } else {
        went_well(error);
    }
    co_return false;
}

bool HttpConnection::keeps_alive(const HttpParser& parser)
{
    if (!parser.get().keep_alive() || core_.stopping) return false;
    if (served_ < core_.limits.requests_each) return true;
    core_.counts.count(Turned::requests_each);
    return false;
}

net::awaitable<void> HttpConnection::refuse(Turned why, unsigned status, std::string_view detail)
{
    core_.counts.count(why);
    Reply reply = problem(status, detail);
    if (status == 405) reply.headers.emplace_back("Allow", "GET, HEAD, POST");
    co_await write(std::move(reply), false);
}

template <class Message>
void HttpConnection::set_head(Message& response, const Reply& reply, bool keep_alive) const
{
    response.result(reply.status);
    response.version(11);
    for (const auto& [name, value] : security_headers)
        response.set(beast::string_view(name), beast::string_view(value));
    if (core_.hsts.count() > 0 && stream_.secure())
        response.set("Strict-Transport-Security", fmt::format("max-age={}", core_.hsts.count()));
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    if (!reply.content_type.empty()) response.set(http::field::content_type, reply.content_type);
    response.keep_alive(keep_alive);
}

net::awaitable<bool> HttpConnection::write(Reply reply, bool keep_alive)
{
    if (!influx_.empty()) reply = in_influx_words(influx_, std::move(reply));
    http::response<http::string_body> response;
    set_head(response, reply, keep_alive);
    const bool has_body = reply.status != 204 && reply.status != 304;
    if (has_body) response.content_length(reply.body.size());
    if (has_body && !head_only_) response.body() = std::move(reply.body);
    waiting_ = false;
    stream_.expires_after(core_.limits.write_time);
    error_code error;
    http::response_serializer<http::string_body> serializer(response);
    co_await http::async_write(stream_, serializer, net::redirect_error(net::use_awaitable, error));
    co_return went_well(error) && keep_alive;
}

net::awaitable<bool> HttpConnection::write_head(const Reply& reply, bool keep_alive)
{
    http::response<http::empty_body> response;
    set_head(response, reply, keep_alive);
    response.chunked(chunks_);
    stream_.expires_after(core_.limits.write_time);
    error_code error;
    http::response_serializer<http::empty_body> serializer(response);
    co_await http::async_write_header(stream_, serializer, net::redirect_error(net::use_awaitable, error));
    waiting_ = true;  // a server that stops does not wait for the end
    co_return went_well(error);
}

net::awaitable<bool> HttpConnection::write_piece(const std::string& piece)
{
    error_code error;
    const auto bytes = net::buffer(piece);
    const auto chunk = http::make_chunk(bytes);
    stream_.expires_after(core_.limits.write_time);
    if (chunks_)
        co_await net::async_write(stream_, chunk, net::redirect_error(net::use_awaitable, error));
    else
        co_await net::async_write(stream_, bytes, net::redirect_error(net::use_awaitable, error));
    co_return went_well(error);
}

net::awaitable<bool> HttpConnection::end_pieces()
{
    if (!chunks_) co_return true;
    error_code error;
    const auto last = http::make_chunk_last();
    stream_.expires_after(core_.limits.write_time);
    co_await net::async_write(stream_, last, net::redirect_error(net::use_awaitable, error));
    co_return went_well(error);
}

}  // namespace tidegate::web
