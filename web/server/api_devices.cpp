#include "web/server/api.hpp"
#include "web/server/json_text.hpp"
#include "web/server/parameters.hpp"
#include "web/server/reply.hpp"
#include "web/server/text.hpp"
#include "web/server/visible.hpp"

#include <algorithm>
#include <array>

namespace tidegate::web {
namespace {

constexpr std::int64_t most_devices = 5000;
constexpr std::int64_t usual_devices = 1000;
constexpr std::array<std::string_view, 4> states{"online", "stale", "offline", "unknown"};

void append_device(std::string& out, const DeviceFacts& device)
{
    out += R"({"name":)";
    json::append_string(out, device.name);
    json::append_field(out, "state", device.state);
    out += R"(,"since":)" + std::to_string(device.since_ms);
    json::append_field(out, "why", device.why);
    out += R"(,"series":)" + std::to_string(device.series);
    json::append_time(out, "heard", device.heard_ms);
    json::append_field(out, "availability", device.availability);
    out += '}';
}

}  // namespace

Reply get_devices(const Api& api, const Request& request, std::stop_token)
{
    const auto after = number_parameter(request, "after", 0, {0, UINT32_MAX});
    const auto limit = number_parameter(request, "limit", usual_devices, {1, most_devices});
    if (!after) return problem(after.error());
    if (!limit) return problem(limit.error());
    const std::string_view state = request.parameter("state").value_or("");
    if (!state.empty() && std::ranges::find(states, state) == states.end())
        return problem(400, "state must be online, stale, offline or unknown.");
    const auto devices = api.facts.devices ? api.facts.devices() : std::vector<DeviceFacts>();
    const bool all = sees_all(request);
    const auto visible = all ? std::set<std::string, std::less<>>() : visible_devices(api, request);
    std::string body = R"({"devices":[)";
    std::int64_t given = 0;
    auto i = static_cast<std::size_t>(*after);
    for (; i < devices.size() && given < *limit; ++i) {
        if (!state.empty() && devices[i].state != state) continue;
        if (!all && !visible.contains(devices[i].name)) continue;
        append_device(body, devices[i]);
        body += ',';
        ++given;
    }
    if (given > 0) body.pop_back();
    body += R"(],"next":)" + (i < devices.size() ? std::to_string(i) : "null") + "}";
    return json_reply(std::move(body));
}

}  // namespace tidegate::web
