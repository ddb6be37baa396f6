#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/reply.hpp"

#include <algorithm>

namespace tidegate::web {

Reply get_health(const Api&, const Request&, std::stop_token)
{
    return text_reply(200, "ok\n");
}

Reply get_readiness(const Api& api, const Request&, std::stop_token)
{
    const auto state = api.store.state();
    if (!state.trouble.empty()) return text_reply(503, state.trouble + '\n');
    std::string text = "ready\n";
    const auto facts = api.facts.gateway();
    if (facts.load.level > 0)
        text += "load level " + std::to_string(facts.load.level) + ": " + facts.load.why + "; " +
                facts.load.meaning + '\n';
    for (const auto& broker : facts.brokers)
        if (!broker.connected)
            text += "broker " + broker.name + ": " + (broker.why.empty() ? "connecting" : broker.why) + '\n';
    for (const auto& line : state.damage) text += line + '\n';
    return text_reply(200, text);
}

Reply get_metrics(const Api& api, const Request&, std::stop_token)
{
    Reply reply = text_reply(200, api.facts.metrics());
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply;
}

Reply get_gateway(const Api& api, const Request&, std::stop_token)
{
    return json_reply(api.gateway.state_json(this_moment()));
}

Reply get_books(const Api& api, const Request&, std::stop_token)
{
    return json_reply(books_json(api.store.state()));
}

Reply get_upstreams(const Api& api, const Request&, std::stop_token)
{
    return json_reply(api.gateway.upstreams_json(this_moment()));
}

Reply get_timeline(const Api& api, const Request&, std::stop_token)
{
    return json_reply(api.gateway.timeline_json());
}

Reply get_configuration(const Api& api, const Request&, std::stop_token)
{
    if (!api.facts.configuration) return problem(404, "This gateway tells no configuration.");
    std::string body = R"({"toml":)";
    json::append_string(body, api.facts.configuration());
    return json_reply(body + '}');
}

Reply post_upstream_retry(const Api& api, const Request& request, std::stop_token)
{
    const std::string id(request.parameter("id").value_or(""));
    const auto upstreams = api.facts.gateway().upstreams;
    if (std::ranges::find(upstreams, id, &UpstreamFacts::id) == upstreams.end()) {
        return problem(404, "There is no upstream of this id; see /api/v1/upstreams.");
    }
    api.facts.retry_upstream(id);
    Reply reply{204, {}, {}, {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply get_live(const Api&, const Request&, std::stop_token)
{
    Reply reply = problem(426, "This is a WebSocket: see docs/live-protocol.md.");
    reply.headers.emplace_back("Upgrade", "websocket");
    return reply;
}

Reply get_file(const Api& api, const Request& request, std::stop_token)
{
    return api.files.get(request);
}

}  // namespace tidegate::web
