#include "base/topic_filter.hpp"
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/text.hpp"

#include <algorithm>

namespace tidegate::web {
namespace {

constexpr std::int64_t most_series = 5000;
constexpr std::int64_t usual_series = 1000;

bool holds(std::string_view text, std::string_view wanted)  // `wanted` in lower case
{
    const auto same = [](char a, char b) { return lower(a) == b; };
    return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

// What the query asks for. Empty: no matter.
struct Wanted {
    std::string_view topic, device;
    std::string text;

    bool operator()(const store::Series& series) const
    {
        if (!topic.empty() && !matches(topic, series.topic)) return false;
        if (!device.empty() && series.device != device) return false;
        return text.empty() || holds(series.topic, text) || holds(series.field, text) ||
               holds(series.device, text) || holds(series.name, text);
    }
};

std::string_view type_of(const store::Latest& latest)
{
    if (latest.series == 0) return "";
    if (std::holds_alternative<bool>(latest.value)) return "boolean";
    return std::holds_alternative<std::string>(latest.value) ? "text" : "number";
}

void append_latest(std::string& out, const store::Latest& latest)
{
    if (latest.series == 0) {
        out += R"(,"latest":null)";
        return;
    }
    out += R"(,"latest":{"t":)";
    json::append_integer(out, latest.time_ms);
    out += R"(,"v":)";
    json::append_value(out, latest.value);
    out += (latest.flags & store::flag::retained) != 0 ? R"(,"retained":true})" : R"(,"retained":false})";
}

void append_series(std::string& out,
                   const store::Series& series,
                   const store::Latest& latest,
                   std::int64_t now_ms)
{
    out += R"({"id":)";
    json::append_unsigned(out, series.id);
    json::append_field(out, "topic", series.topic);
    json::append_field(out, "field", series.field);
    json::append_field(out, "device", series.device);
    json::append_field(out, "name", series.name);
    json::append_field(out, "unit", series.unit);
    json::append_field(out, "class", series.device_class);
    json::append_field(out, "availability", series.availability);
    if (series.expires_s != 0) out += R"(,"expires_s":)" + std::to_string(series.expires_s);
    if (series.of != 0) out += R"(,"of":)" + std::to_string(series.of);
    json::append_field(out, "type", type_of(latest));
    append_latest(out, latest);
    const bool stale = latest.series == 0 || store::freshness(latest, now_ms) >= store::Freshness::stale;
    out += stale ? R"(,"stale":true})" : R"(,"stale":false})";
}

}  // namespace

Reply get_series(const Api& api, const Request& request, std::stop_token)
{
    const auto after = number_parameter(request, "after", 0, {0, UINT32_MAX});
    const auto limit = number_parameter(request, "limit", usual_series, {1, most_series});
    if (!after) return problem(after.error());
    if (!limit) return problem(limit.error());
    const Wanted wanted{request.parameter("topic").value_or(""), request.parameter("device").value_or(""),
                        lowered(request.parameter("q").value_or(""))};
    if (!wanted.topic.empty() && !valid_filter(wanted.topic)) {
        return problem(400, "topic must be an MQTT topic filter, as plant/+/temperature or plant/#.");
    }
    const auto most = static_cast<std::size_t>(*limit);
    const auto visible = [&](const store::Series& series) {
        return request.identity.may_read(series.topic) && wanted(series);
    };
    auto found = api.store.series().list(static_cast<store::SeriesId>(*after), most + 1, visible);
    const bool more = found.size() > most;
    if (more) found.pop_back();
    const std::int64_t now_ms = wall_ms();
    std::string body = R"({"run":)";
    json::append_string(body, api.run);
    body += R"(,"series":[)";
    for (const auto& series : found) {
        append_series(body, series, api.store.live().get(series.id), now_ms);
        body += ',';
    }
    if (!found.empty()) body.pop_back();
    body += R"(],"next":)";
    body += more ? std::to_string(found.back().id) : "null";
    body += '}';
    return json_reply(std::move(body));
}

}  // namespace tidegate::web
