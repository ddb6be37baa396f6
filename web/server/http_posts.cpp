#include "web/server/http_posts.hpp"

#include "web/server/api_posts.hpp"
#include "web/server/counted.hpp"
#include "web/server/post_wait.hpp"
#include "web/server/sanitize.hpp"

namespace tidegate::web {
namespace net = boost::asio;

namespace {

constexpr std::size_t most_at_a_time = 16;  // largest ones that are being read

net::awaitable<Reply> keep(HttpConnection& http, Core& core, Request& request)
{
    if (!core.api.facts.post) co_return problem(503, "Nothing can be posted here.");
    Post post;
    if (auto refusal = read_post(request, post)) co_return std::move(*refusal);
    const auto result = co_await await_post(core.api.facts, http.socket(), std::move(post));
    if (!result) {
        PostResult left;
        left.outcome = PostResult::Outcome::overdue;
        left.why = "the connection was half closed; it may be kept";
        co_return post_reply(request.path, left);
    }
    auto* accounts = core.api.facts.accounts;
    if (result->outcome == PostResult::Outcome::denied && accounts != nullptr)
        accounts->count_refusal(Refused::scope);
    co_return post_reply(request.path, *result);
}

}  // namespace

net::awaitable<bool> serve_post(HttpConnection& http, Core& core, HttpParser& parser, Request& request)
{
    const auto announced = parser.content_length();
    const std::size_t largest = core.limits.request.post;
    const std::size_t bytes = announced ? static_cast<std::size_t>(*announced) : largest;
    if (core.post_bytes + bytes > most_at_a_time * largest) {
        core.counts.count(Turned::posts);
        PostResult pressed;
        pressed.outcome = PostResult::Outcome::pressed;
        pressed.why = "too much is posted at a time";
        co_return co_await http.write(post_reply(request.path, pressed), false);
    }
    {
        const Counted reading(core.post_bytes, bytes);  // not while it waits for the commit
        if (!parser.is_done() && !co_await http.read_body(parser)) co_return false;
    }
    request.body = std::move(parser.get().body());
    const bool keep_alive = http.keeps_alive(parser);
    http.rests();
    Reply reply = co_await keep(http, core, request);
    co_return co_await http.write(std::move(reply), keep_alive);
}

}  // namespace tidegate::web
