// What devices say that they can be told: what a program offers to people, instead of guessing.
#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/reply.hpp"

#include <fmt/format.h>

namespace tidegate::web {
namespace {

void append_bound(std::string& out, std::string_view name, const std::optional<double>& bound)
{
    if (!bound) return;
    out += fmt::format(R"(,"{}":)", name);
    json::append_number(out, *bound);
}

void append_control(std::string& out, const ControlFacts& control, store::SeriesId series)
{
    out += R"({"command":)";
    json::append_string(out, control.command);
    json::append_field(out, "kind", control.kind);
    json::append_field(out, "shape", control.shape);
    json::append_field(out, "topic", control.topic);
    json::append_field(out, "field", control.field);
    json::append_field(out, "name", control.name);
    json::append_field(out, "device", control.device);
    json::append_field(out, "unit", control.unit);
    out += R"(,"series":)" + (series == 0 ? "null" : std::to_string(series));
    out += R"(,"values":[)";
    for (const auto& value : control.values) {
        if (out.back() != '[') out += ',';
        json::append_string(out, value);
    }
    out += ']';
    append_bound(out, "min", control.least);
    append_bound(out, "max", control.most);
    append_bound(out, "step", control.step);
    out += '}';
}

}  // namespace

Reply get_controls(const Api& api, const Request& request, std::stop_token)
{
    const auto device = request.parameter("device");
    auto& table = api.store.series();
    std::string body = R"({"controls":[)";
    for (const auto& control : api.facts.controls ? api.facts.controls() : std::vector<ControlFacts>()) {
        if (!request.identity.may_read(control.topic.empty() ? control.command : control.topic)) continue;
        const auto id = control.topic.empty() ? 0 : table.find(control.topic, control.field).value_or(0);
        if (device && control.device != *device) {
            const auto series = id == 0 ? std::nullopt : table.get(id);
            if (!series || series->device != *device) continue;
        }
        if (body.back() != '[') body += ',';
        append_control(body, control, id);
    }
    return json_reply(body + "]}");
}

}  // namespace tidegate::web
