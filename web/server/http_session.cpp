#include "web/server/http_session.hpp"

#include "base/gzip.hpp"
#include "web/server/counted.hpp"
#include "web/server/event_session.hpp"
#include "web/server/event_text.hpp"
#include "web/server/http_connection.hpp"
#include "web/server/http_export.hpp"
#include "web/server/http_posts.hpp"
#include "web/server/live_protocol.hpp"
#include "web/server/live_session.hpp"
#include "web/server/moment.hpp"
#include "web/server/plain_answer.hpp"
#include "web/server/router.hpp"
#include "web/server/sanitize.hpp"
#include "web/server/text.hpp"

#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <optional>

namespace tidegate::web {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds turned_away_deadline = 2s;
constexpr std::size_t worth_packing = 1024;
constexpr int packing_level = 3;

Request plain_request(const HttpParser::value_type& message)
{
    const auto field = [&message](http::field name) { return std::string(message[name]); };
    Request request;
    request.method = message.method() == http::verb::head ? "GET" : std::string(message.method_string());
    request.host = field(http::field::host);
    request.origin = field(http::field::origin);
    request.fetch_site = std::string(message["Sec-Fetch-Site"]);
    request.if_none_match = field(http::field::if_none_match);
    request.content_type = field(http::field::content_type);
    request.content_encoding = field(http::field::content_encoding);
    request.last_event_id = std::string(message["Last-Event-ID"]);
    request.accept_encoding = field(http::field::accept_encoding);
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
    if (reply.body.size() <= worth_packing || !accepts(request.accept_encoding, "gzip")) return;
    reply.body = gzipped(reply.body, packing_level);
    reply.headers.emplace_back("Content-Encoding", "gzip");
}

// Who names no protocol is taken at its word in `hello`.
constexpr std::string_view other_protocol =
    "The live protocol that is spoken here is tidegate.v1.json; Sec-WebSocket-Protocol names others only.";

bool speaks_our_protocol(const HttpParser::value_type& message)
{
    const auto named = message[http::field::sec_websocket_protocol];
    return named.empty() || accepts(named, live_subprotocol);
}

// Whose requests are counted together; empty: nobody's.
std::string limited_as(const Identity& identity)
{
    switch (identity.means) {
    case Means::nothing:
    case Means::open:
    case Means::console: return {};
    case Means::token: return "token " + identity.credential;  // names need not differ
    case Means::session:
    case Means::jwt: break;
    }
    return fmt::format("{} {}", to_string(identity.means), identity.name);
}

Reply busy(unsigned status, std::string_view detail, std::int64_t retry_s)
{
    Reply reply = problem(status, detail);
    reply.headers.emplace_back("Retry-After", std::to_string(retry_s));
    return reply;
}

// Whether whoever is at the other end may ask, what, and the answer to it.
class HttpSession {
public:
    HttpSession(net::ip::tcp::socket socket, Core& core, Welcomed welcomed)
        : http_(Stream(std::move(socket)), core),
          core_(core),
          welcomed_(std::move(welcomed))
    {
        if (welcomed_.turned) among_turned_.emplace(core.turned_away);
    }

    net::awaitable<void> run();

private:
    net::awaitable<bool> serve_one();
    Request request_of(const HttpParser& parser, std::string_view target) const;
    std::optional<Reply> turned_away(const Request& request, std::string_view target);
    std::optional<Reply> too_soon(Turned why, std::int64_t wait_s, std::string_view detail);
    std::optional<Reply> not_admitted(Request& request, const Route* route, bool upgrade);
    net::awaitable<Reply> answer(const Request& request, const Routed& routed);
    Reply begin_events(const Request& request);

    // The request that asked for a WebSocket, and who sent it.
    struct Upgrade {
        HttpParser::value_type request;
        Identity identity;
    };

    HttpConnection http_;
    Core& core_;
    Welcomed welcomed_;
    std::optional<Counted> among_turned_;
    std::optional<Upgrade> upgrade_;

    // What was asked for as server-sent events, and by whom.
    struct Events {
        LiveGreeting greeting;
        Identity identity;
    };
    std::optional<Events> events_;
};

net::awaitable<void> HttpSession::run()
{
    Registry::Ending ending{[this] { http_.leave(); }, [this] { http_.close(); }};
    auto member = std::make_optional<Registry::Member>(core_.registry, std::move(ending));
    const auto within = welcomed_.turned ? turned_away_deadline : core_.limits.head_time;
    bool more = co_await http_.begin(within);
    while (more && !core_.stopping) more = co_await serve_one();
    if (upgrade_) {
        member.reset();
        co_await serve_live(http_.take_stream(), std::move(upgrade_->request), std::move(upgrade_->identity),
                            core_);
        co_return;
    }
    if (events_) {
        member.reset();
        co_await serve_events(http_.take_stream(), std::move(events_->greeting), std::move(events_->identity),
                              core_);
        co_return;
    }
    if (!core_.stopping) co_await http_.linger();
}

Request HttpSession::request_of(const HttpParser& parser, std::string_view target) const
{
    Request request = plain_request(parser.get());
    request.from = welcomed_.from;
    request.secure = http_.secure();
    decode_target(target, request.path, request.query);
    return request;
}

net::awaitable<bool> HttpSession::serve_one()
{
    HttpParser parser;
    if (!co_await http_.read_head(parser)) co_return false;
    const std::string target(parser.get().target());
    Request request = request_of(parser, target);
    const bool upgrade = request.path == live_path && beast::websocket::is_upgrade(parser.get());
    if (const auto refusal = check_access(request, {core_.reach, core_.names}, upgrade)) {
        const auto why = refusal->status == 403 ? Turned::origin : Turned::host;
        co_await http_.refuse(why, refusal->status, refusal->detail);
        co_return false;
    }
    if (auto instead = turned_away(request, target)) {
        co_await http_.write(std::move(*instead), false);
        co_return false;
    }
    const Routed routed = find_route(request.method, request.path);
    if (auto refusal = not_admitted(request, routed.route, upgrade)) {
        const bool go_on = parser.is_done() && http_.keeps_alive(parser);
        co_return co_await http_.write(std::move(*refusal), go_on);
    }
    if (upgrade && !speaks_our_protocol(parser.get())) {
        const bool go_on = parser.is_done() && http_.keeps_alive(parser);
        co_return co_await http_.write(problem(400, other_protocol), go_on);
    }
    if (upgrade && http_.nothing_follows()) {
        upgrade_ = Upgrade{parser.release(), std::move(request.identity)};
        co_return false;
    }
    const Where where = routed.route == nullptr ? Where::web_thread : routed.route->where;
    parser.body_limit(body_rule(request.path, core_.limits.request).most);
    if (where == Where::post) co_return co_await serve_post(http_, core_, parser, request);
    if (!parser.is_done() && !co_await http_.read_body(parser)) co_return false;
    request.body = std::move(parser.get().body());
    const bool keep_alive = http_.keeps_alive(parser);
    http_.rests();
    if (where == Where::stream) co_return co_await serve_export(http_, core_, request, keep_alive);
    if (where == Where::events) {
        Reply refusal = begin_events(request);
        if (events_) co_return false;
        co_return co_await http_.write(std::move(refusal), keep_alive);
    }
    Reply reply = co_await answer(request, routed);
    co_return co_await http_.write(std::move(reply), keep_alive);
}

net::awaitable<Reply> HttpSession::answer(const Request& request, const Routed& routed)
{
    if (routed.refusal) co_return *routed.refusal;
    const Route& route = *routed.route;
    auto work = [&api = core_.api, &request, &route](std::stop_token stop) {
        Reply reply = route.handler(api, request, std::move(stop));
        pack(reply, request);
        // So that nobody takes ids in it for those of another gateway under the same address.
        if (route.path.starts_with("/api/")) reply.headers.emplace_back("Tidegate-Run", api.run);
        return reply;
    };
    if (route.where == Where::web_thread) co_return work(std::stop_token());
    QueryPool::Work job(work);
    if (route.where == Where::login) co_return co_await core_.login.run(http_.socket(), std::move(job));
    co_return co_await core_.pool.run(http_.socket(), std::move(job));
}

// Without `events_` after it: why not.
Reply HttpSession::begin_events(const Request& request)
{
    constexpr std::int64_t soon_s = 5;
    if (http_.head_only()) return Reply{200, "text/event-stream", "", {}};
    auto greeting = read_event_request(request);
    if (!greeting) return problem(greeting.error());
    if (!core_.hub.has_room()) {
        core_.counts.count(Turned::live);
        return busy(503, "There are too many live clients.", soon_s);
    }
    events_ = Events{std::move(*greeting), request.identity};
    return {};
}

// What is answered to who may not ask at all, or not in this way.
std::optional<Reply> HttpSession::turned_away(const Request& request, std::string_view target)
{
    constexpr std::int64_t soon_s = 5;
    if (welcomed_.turned) {
        const bool each = *welcomed_.turned == Turned::connections_each;
        return each ? busy(429, "Too many connections are open from your address.", soon_s)
                    : busy(503, "Too many connections are open.", soon_s);
    }
    const bool needs_tls = core_.certificates != nullptr && !http_.secure() && !welcomed_.from_loopback;
    if (!needs_tls) return std::nullopt;
    auto instead = answer_to_plain(request, target);
    if (instead) core_.counts.count(Turned::plain);
    return instead;
}

// `wait_s` 0: it is not.
std::optional<Reply> HttpSession::too_soon(Turned why, std::int64_t wait_s, std::string_view detail)
{
    if (wait_s == 0) return std::nullopt;
    core_.counts.count(why);
    return busy(429, detail, wait_s);
}

// What is answered to who asks too often, or may not ask this. Finds out who it is.
std::optional<Reply> HttpSession::not_admitted(Request& request, const Route* route, bool upgrade)
{
    const auto now_ms = this_moment().boot_ms;
    // What runs on this machine is not counted; a proxy on it has limits of its own.
    const auto wait_s = welcomed_.from_loopback ? 0 : core_.by_address.take(welcomed_.address, now_ms);
    if (auto refusal =
            too_soon(Turned::requests_address, wait_s, "Too many requests come from your address."))
        return refusal;
    if (auto refusal = core_.gate.admit(request, route, upgrade)) return refusal;
    const auto later_s = core_.by_identity.take(limited_as(request.identity), now_ms);
    return too_soon(Turned::requests_identity, later_s, "You ask too often.");
}

}  // namespace

net::awaitable<void> serve_http(net::ip::tcp::socket socket, Core& core, Welcomed welcomed)
{
    HttpSession session(std::move(socket), core, std::move(welcomed));
    co_await session.run();
}

}  // namespace tidegate::web
