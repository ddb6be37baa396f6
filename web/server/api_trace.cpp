#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"

namespace tidegate::web {

Reply post_trace(const Api& api, const Request& request, std::stop_token)
{
    constexpr std::int64_t usual_s = 60, most_s = 600;
    const auto topic = request.parameter("topic");
    if (!topic || topic->empty()) return problem(400, "Say which topic: ?topic=FILTER.");
    const auto seconds = number_parameter(request, "seconds", usual_s, {1, most_s});
    if (!seconds) return problem(seconds.error());
    if (!api.facts.begin_trace) return problem(404, "This gateway follows no messages.");
    const auto id = api.facts.begin_trace(std::string(*topic), *seconds);
    if (!id && id.error().kind == ErrorKind::full) return problem(409, id.error().what);
    if (!id) return problem(id.error());
    std::string body = "{\"id\":";
    json::append_string(body, *id);
    auto reply = json_reply(body + '}');
    reply.status = 202;
    return reply;
}

Reply get_trace(const Api& api, const Request&, std::stop_token)
{
    auto text = api.facts.trace ? api.facts.trace() : std::string();
    if (text.empty()) return problem(404, "Nothing is followed: POST /api/v1/trace?topic=FILTER first.");
    return json_reply(std::move(text));
}

}  // namespace tidegate::web
