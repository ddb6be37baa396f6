#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/visible.hpp"

#include <nlohmann/json.hpp>

namespace tidegate::web {
namespace {

constexpr auto none_followed = "Nothing is followed: POST /api/v1/trace?topic=FILTER first.";

}  // namespace

Reply post_trace(const Api& api, const Request& request, std::stop_token)
{
    constexpr std::int64_t usual_s = 60, most_s = 600;
    const auto topic = request.parameter("topic");
    if (!topic || topic->empty()) return problem(400, "Say which topic: ?topic=FILTER.");
    if (!request.identity.read.covers(*topic))
        return problem(403, "This filter matches topics that you may not read.");
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

Reply get_trace(const Api& api, const Request& request, std::stop_token)
{
    auto text = api.facts.trace ? api.facts.trace() : std::string();
    if (text.empty()) return problem(404, none_followed);
    if (!sees_all(request)) {
        const auto trace = nlohmann::json::parse(text, nullptr, false);
        if (!trace.is_object() || !request.identity.read.covers(trace.value("filter", "#")))
            return problem(404, none_followed);
    }
    return json_reply(std::move(text));
}

}  // namespace tidegate::web
