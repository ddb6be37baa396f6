#include "web/server/http_session.hpp"

#include "base/gzip.hpp"
#include "web/server/export.hpp"
#include "web/server/live_session.hpp"
#include "web/server/moment.hpp"
#include "web/server/plain_answer.hpp"
#include "web/server/reply.hpp"
#include "web/server/router.hpp"
#include "web/server/sanitize.hpp"
#include "web/server/security_headers.hpp"
#include "web/server/stream.hpp"
#include "web/server/text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <optional>

namespace tidegate::web {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

using namespace std::chrono_literals;
using Parser = http::request_parser<http::string_body>;

constexpr auto linger_deadline = 1s;
constexpr auto turned_away_deadline = 2s;
constexpr std::size_t most_drained = 1024 * 1024;
constexpr std::size_t drained_at_once = 16 * 1024;
constexpr std::size_t worth_packing = 1024;
constexpr int packing_level = 3;
constexpr std::size_t most_exports = 2;  // at the same time

std::string_view received(const beast::flat_buffer& buffer)
{
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

Request plain_request(const Parser::value_type& message)
{
    const auto field = [&message](http::field name) { return std::string(message[name]); };
    Request request;
    request.method = message.method() == http::verb::head ? "GET" : std::string(message.method_string());
    request.host = field(http::field::host);
    request.origin = field(http::field::origin);
    request.fetch_site = std::string(message["Sec-Fetch-Site"]);
    request.if_none_match = field(http::field::if_none_match);
    request.content_type = field(http::field::content_type);
    request.accept_encoding = field(http::field::accept_encoding);
    request.accepts_gzip = accepts(request.accept_encoding, "gzip");
    request.authorization = field(http::field::authorization);
    request.cookie = field(http::field::cookie);
    return request;
}

void pack(Reply& reply, const Request& request)
{
    const bool is_json = reply.content_type.find("json") != std::string::npos;
    const bool packed =
        std::ranges::any_of(reply.headers, [](const auto& one) { return one.first == "Content-Encoding"; });
    if (!is_json || packed) return;
    reply.headers.emplace_back("Vary", "Accept-Encoding");
    if (!request.accepts_gzip || reply.body.size() <= worth_packing) return;
    reply.body = gzipped(reply.body, packing_level);
    reply.headers.emplace_back("Content-Encoding", "gzip");
}

bool is_malformed(const error_code& error)
{
    const auto& category = http::make_error_code(http::error::bad_chunk).category();
    return error.category() == category && error != http::error::end_of_stream &&
           error != http::error::partial_message;
}

// Whose requests are counted together; empty: nobody's.
std::string limited_as(const Identity& identity)
{
    switch (identity.means) {
    case Means::nothing:
    case Means::open:
    case Means::console: return {};
    case Means::session:
    case Means::token:
    case Means::jwt: break;
    }
    return fmt::format("{} {}", to_string(identity.means), identity.name);
}

Turned turned_by(unsigned status)
{
    if (status == 413) return Turned::body;
    return status == 414 || status == 431 ? Turned::head : Turned::malformed;
}

template <class Message>
void set_head(Message& response, const Reply& reply, bool keep_alive)
{
    response.result(reply.status);
    response.version(11);
    for (const auto& [name, value] : security_headers)
        response.set(beast::string_view(name), beast::string_view(value));
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    if (!reply.content_type.empty()) response.set(http::field::content_type, reply.content_type);
    response.keep_alive(keep_alive);
}

// One of what is counted, as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
};

class HttpSession {
public:
    HttpSession(net::ip::tcp::socket socket, Core& core, Welcomed welcomed)
        : stream_(std::move(socket)),
          core_(core),
          welcomed_(std::move(welcomed)),
          buffer_(core.limits.request.head + core.limits.request.body)
    {
        if (welcomed_.turned) among_turned_.emplace(core.turned_away);
        error_code error;
        const auto peer = stream_.socket().remote_endpoint(error);
        if (!error) from_ = peer.address().to_string();
    }

    net::awaitable<void> run();

private:
    net::awaitable<bool> begin();
    net::awaitable<bool> serve_one();
    net::awaitable<bool> read_head();
    net::awaitable<bool> read_body(Parser& parser);
    std::optional<Reply> turned_away(const Request& request, std::string_view target);
    Reply refusal(Turned why, unsigned status, std::string_view detail);
    bool keeps_alive(const Parser& parser) const;
    net::awaitable<Reply> answer(const Request& request, const Routed& routed);
    net::awaitable<bool> write(Reply reply, bool keep_alive);
    net::awaitable<bool> stream(const Request& request, bool keep_alive);
    net::awaitable<bool> write_pieces(Export& pieces);
    net::awaitable<void> refuse(Turned why, unsigned status, std::string_view detail);
    net::awaitable<void> linger();
    void leave();

    Stream stream_;
    Core& core_;
    Welcomed welcomed_;
    std::optional<Counted> among_turned_;
    beast::flat_buffer buffer_;
    std::size_t head_length_ = 0;
    std::size_t served_ = 0;
    bool waiting_ = true;  // for a request: may be ended at any time
    bool head_only_ = false;
    bool chunks_ = true;                         // the peer knows them: HTTP/1.1
    std::optional<Parser::value_type> upgrade_;  // the request that asked for a WebSocket
    Identity identity_;                          // who sent it
    std::string from_;                           // address of the peer
};

void HttpSession::leave()
{
    if (waiting_) stream_.close();
}

net::awaitable<void> HttpSession::run()
{
    Registry::Ending ending{[this] { leave(); }, [this] { stream_.close(); }};
    auto member = std::make_optional<Registry::Member>(core_.registry, std::move(ending));
    bool more = co_await begin();
    while (more && !core_.stopping) more = co_await serve_one();
    if (upgrade_) {
        member.reset();
        co_await serve_live(std::move(stream_), std::move(*upgrade_), std::move(identity_), core_);
        co_return;
    }
    if (!core_.stopping) co_await linger();
}

// Closing with unread bytes would reset the connection, and the peer might never see our answer: reads them,
// a little.
net::awaitable<void> HttpSession::linger()
{
    error_code error;
    stream_.end_sending();
    waiting_ = true;
    stream_.expires_after(linger_deadline);
    buffer_.clear();
    for (std::size_t drained = 0; !error && drained < most_drained;) {
        const auto space = buffer_.prepare(drained_at_once);
        drained += co_await stream_.async_read_some(space, net::redirect_error(net::use_awaitable, error));
    }
}

// Where TLS is spoken, a connection says with its first byte whether it does. False: it came to nothing.
net::awaitable<bool> HttpSession::begin()
{
    stream_.expires_after(welcomed_.turned ? turned_away_deadline : core_.limits.head_time);
    if (core_.certificates == nullptr) co_return true;
    const error_code error = co_await stream_.begin(*core_.certificates->context());
    if (error && stream_.secure()) core_.counts.count(Turned::tls);
    co_return !error;
}

// Waits for the whole head and leaves it in the buffer. False: there is nothing more to serve.
net::awaitable<bool> HttpSession::read_head()
{
    std::size_t seen = 0;
    waiting_ = true;
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
        const auto space = buffer_.prepare(piece);
        const std::size_t n =
            co_await stream_.async_read_some(space, net::redirect_error(net::use_awaitable, error));
        if (error && seen != 0 && !stream_.socket().is_open()) core_.counts.count(Turned::slow);
        if (error) co_return false;
        if (seen == 0 && served_ != 0) stream_.expires_after(core_.limits.head_time);
        buffer_.commit(n);
    }
    waiting_ = false;
    co_return true;
}

net::awaitable<bool> HttpSession::read_body(Parser& parser)
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
    } else if (!stream_.socket().is_open()) {
        core_.counts.count(Turned::slow);
    }
    co_return false;
}

net::awaitable<bool> HttpSession::serve_one()
{
    if (!co_await read_head()) co_return false;
    ++served_;
    ++core_.counts.requests;
    const std::string_view head = received(buffer_).substr(0, head_length_);
    if (const auto refusal = check_head(head, core_.limits.request)) {
        co_await refuse(turned_by(refusal->status), refusal->status, refusal->detail);
        co_return false;
    }
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(core_.limits.request.head + 1));
    parser.body_limit(core_.limits.request.body);
    auto on_chunk = [](std::uint64_t, beast::string_view extension, error_code& error) {
        if (extension.size() > longest_chunk_extension) error = http::error::bad_chunk_extension;
    };
    parser.on_chunk_header(on_chunk);
    error_code error;
    buffer_.consume(parser.put(net::buffer(head), error));
    if (error || !parser.is_header_done()) {
        co_await refuse(Turned::malformed, 400, "The request is malformed.");
        co_return false;
    }
    Request request = plain_request(parser.get());
    request.from = from_;
    head_only_ = parser.get().method() == http::verb::head;
    const std::string target(parser.get().target());
    decode_target(target, request.path, request.query);
    const bool upgrade = request.path == live_path && beast::websocket::is_upgrade(parser.get());
    request.secure = stream_.secure();
    if (const auto refusal = check_access(request, {core_.reach, core_.names}, upgrade)) {
        const auto why = refusal->status == 403 ? Turned::origin : Turned::host;
        co_await refuse(why, refusal->status, refusal->detail);
        co_return false;
    }
    if (auto instead = turned_away(request, target)) {
        co_await write(std::move(*instead), false);
        co_return false;
    }
    // What runs on this machine is not counted; a proxy on it has limits of its own.
    const auto wait_s =
        welcomed_.from_loopback ? 0 : core_.by_address.take(welcomed_.address, this_moment().boot_ms);
    if (wait_s != 0) {
        Reply busy = refusal(Turned::requests_address, 429, "Too many requests come from your address.");
        busy.headers.emplace_back("Retry-After", std::to_string(wait_s));
        const bool go_on = parser.is_done() && keeps_alive(parser);
        co_return co_await write(std::move(busy), go_on);
    }
    const Routed routed = find_route(request.method, request.path);
    if (auto refusal = core_.gate.admit(request, routed.route, upgrade)) {
        const bool go_on = parser.is_done() && keeps_alive(parser);
        co_return co_await write(std::move(*refusal), go_on);
    }
    if (const auto later_s = core_.by_identity.take(limited_as(request.identity), this_moment().boot_ms)) {
        Reply busy = refusal(Turned::requests_identity, 429, "You ask too often.");
        busy.headers.emplace_back("Retry-After", std::to_string(later_s));
        const bool go_on = parser.is_done() && keeps_alive(parser);
        co_return co_await write(std::move(busy), go_on);
    }
    if (upgrade && buffer_.size() == 0) {
        identity_ = std::move(request.identity);
        upgrade_ = parser.release();
        co_return false;
    }
    if (!parser.is_done() && !co_await read_body(parser)) co_return false;
    request.body = std::move(parser.get().body());
    const bool keep_alive = keeps_alive(parser);
    stream_.expires_never();
    if (routed.route != nullptr && routed.route->where == Where::stream) {
        chunks_ = parser.get().version() == 11;
        identity_ = request.identity;
        co_return co_await stream(request, keep_alive && chunks_);
    }
    Reply reply = co_await answer(request, routed);
    co_return co_await write(std::move(reply), keep_alive);
}

net::awaitable<Reply> HttpSession::answer(const Request& request, const Routed& routed)
{
    if (routed.refusal) co_return *routed.refusal;
    const Route& route = *routed.route;
    if (route.where == Where::web_thread) {
        Reply reply = route.handler(core_.api, request, std::stop_token());
        pack(reply, request);
        co_return reply;
    }
    auto work = [&api = core_.api, &request, &route](std::stop_token stop) {
        Reply reply = route.handler(api, request, std::move(stop));
        pack(reply, request);
        return reply;
    };
    QueryPool::Work job(work);
    if (route.where == Where::login) co_return co_await core_.login.run(stream_.socket(), std::move(job));
    co_return co_await core_.pool.run(stream_.socket(), std::move(job));
}

bool HttpSession::keeps_alive(const Parser& parser) const
{
    return parser.get().keep_alive() && served_ < core_.limits.requests_each && !core_.stopping;
}

// What is answered to who may not ask at all, or not in this way.
std::optional<Reply> HttpSession::turned_away(const Request& request, std::string_view target)
{
    if (welcomed_.turned) {
        const bool each = *welcomed_.turned == Turned::connections_each;
        Reply busy = problem(each ? 429 : 503, each ? "Too many connections are open from your address."
                                                    : "Too many connections are open.");
        busy.headers.emplace_back("Retry-After", "5");
        return busy;
    }
    const bool needs_tls = core_.certificates != nullptr && !stream_.secure() && !welcomed_.from_loopback;
    if (!needs_tls) return std::nullopt;
    auto instead = answer_to_plain(request, target);
    if (instead) core_.counts.count(Turned::plain);
    return instead;
}

Reply HttpSession::refusal(Turned why, unsigned status, std::string_view detail)
{
    core_.counts.count(why);
    return problem(status, detail);
}

net::awaitable<void> HttpSession::refuse(Turned why, unsigned status, std::string_view detail)
{
    Reply reply = refusal(why, status, detail);
    if (status == 405) reply.headers.emplace_back("Allow", "GET, HEAD, POST");
    co_await write(std::move(reply), false);
}

net::awaitable<bool> HttpSession::write(Reply reply, bool keep_alive)
{
    if (core_.hsts.count() > 0 && stream_.secure())
        reply.headers.emplace_back("Strict-Transport-Security",
                                   fmt::format("max-age={}", core_.hsts.count()));
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
    co_return !error && keep_alive;
}

// An answer that is as long as history is. Between two pieces a client that takes its time holds no more than
// one day of one series and one piece, and no thread.
net::awaitable<bool> HttpSession::stream(const Request& request, bool keep_alive)
{
    if (core_.exports >= most_exports) {
        Reply busy = problem(503, "Other exports are under way. Ask again when one has ended.");
        busy.headers.emplace_back("Retry-After", "10");
        co_return co_await write(std::move(busy), keep_alive);
    }
    const Counted counted(core_.exports);
    std::unique_ptr<Export> pieces;
    const auto open = [this, &request, &pieces](const std::stop_token&) {
        return open_export(core_.api, request, pieces);
    };
    QueryPool::Work opening(open);
    Reply reply = co_await core_.pool.run(stream_.socket(), std::move(opening));
    if (!pieces) co_return co_await write(std::move(reply), keep_alive);
    http::response<http::empty_body> response;
    set_head(response, reply, keep_alive);
    response.chunked(chunks_);
    stream_.expires_after(core_.limits.write_time);
    error_code error;
    http::response_serializer<http::empty_body> serializer(response);
    co_await http::async_write_header(stream_, serializer, net::redirect_error(net::use_awaitable, error));
    if (error) co_return false;
    if (head_only_) co_return keep_alive;
    const bool whole = co_await write_pieces(*pieces);
    co_return whole&& keep_alive;
}

// False: it ended before its end, and the connection must end, too, so that the client knows.
net::awaitable<bool> HttpSession::write_pieces(Export& pieces)
{
    std::string why;  // it cannot go on; empty: the client has left
    const auto make = [&pieces, &why](std::stop_token stop) {
        auto piece = pieces.next(stop);
        if (piece) return Reply{200, {}, std::move(*piece), {}};
        if (!stop.stop_requested()) why = piece.error().what;
        return problem(piece.error());
    };
    error_code error;
    waiting_ = true;  // a server that stops does not wait for the end
    while (!pieces.ended()) {
        QueryPool::Work work(make);
        stream_.expires_never();
        const Reply piece = co_await core_.pool.go_on(stream_.socket(), std::move(work));
        if (piece.status != 200) {
            if (!why.empty()) log::warning("export-ended-early why=\"{}\"", log::quoted(why));
            co_return false;
        }
        if (core_.stopping || !core_.gate.holds(identity_)) co_return false;
        if (piece.body.empty()) continue;  // nothing found yet; an empty chunk would be the last one
        const auto bytes = net::buffer(piece.body);
        const auto chunk = http::make_chunk(bytes);
        stream_.expires_after(core_.limits.write_time);
        if (chunks_)
            co_await net::async_write(stream_, chunk, net::redirect_error(net::use_awaitable, error));
        else
            co_await net::async_write(stream_, bytes, net::redirect_error(net::use_awaitable, error));
        if (error) co_return false;
    }
    for (const auto& line : pieces.archive().damage()) log::warning("export: {}", line);
    if (!chunks_) co_return true;
    const auto last = http::make_chunk_last();
    co_await net::async_write(stream_, last, net::redirect_error(net::use_awaitable, error));
    co_return !error;
}

}  // namespace

net::awaitable<void> serve_http(net::ip::tcp::socket socket, Core& core, Welcomed welcomed)
{
    HttpSession session(std::move(socket), core, std::move(welcomed));
    co_await session.run();
}

}  // namespace tidegate::web
