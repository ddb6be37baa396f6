#include "web/server/event_text.hpp"

#include "base/topic_filter.hpp"
#include "web/server/live_protocol.hpp"
#include "web/server/parameters.hpp"
#include "web/server/text.hpp"

#include <charconv>
#include <limits>

namespace tidegate::web {
namespace {

Error wrong(std::string what)
{
    return {ErrorKind::invalid, std::move(what)};
}

Result<SubscriptionWish> read_wish(const Request& request)
{
    SubscriptionWish wish;
    const auto topic = request.parameter("topic");
    const auto device = request.parameter("device");
    const auto series = request.parameter("series");
    if (int{topic.has_value()} + int{device.has_value()} + int{series.has_value()} > 1)
        return wrong("Ask for topic, device or series: one of the three.");
    wish.all = !topic && !device && !series;
    if (topic) {
        if (!valid_filter(*topic)) return wrong("topic is not a topic filter.");
        wish.match.emplace_back(*topic);
    }
    if (device) {
        if (device->empty() || device->size() > longest_device) return wrong("device is not a name.");
        wish.devices.emplace_back(*device);
    }
    if (series) {
        auto ids = series_parameter(request, most_live_ids);
        if (!ids) return ids.error();
        wish.ids = std::move(*ids);
    }
    return wish;
}

}  // namespace

std::optional<std::pair<std::string, store::Version>> read_event_id(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !is_digits(text.substr(colon + 1))) return std::nullopt;
    store::Version seq = 0;
    const auto read = std::from_chars(text.data() + colon + 1, text.data() + text.size(), seq);
    if (read.ec != std::errc{}) return std::nullopt;
    return std::pair{std::string(text.substr(0, colon)), seq};
}

Result<LiveGreeting> read_event_request(const Request& request)
{
    LiveGreeting greeting;
    constexpr std::int64_t slowest = 3'600'000;
    auto rate = number_parameter(request, "rate", default_rate, {1, slowest});
    if (!rate) return rate.error();
    greeting.rate = rate_class(*rate);
    auto wish = read_wish(request);
    if (!wish) return wish.error();
    greeting.wish = std::move(*wish);
    if (auto last = read_event_id(request.last_event_id)) {
        greeting.epoch = std::move(last->first);
        greeting.seq = last->second;
    }
    return greeting;
}

std::string event_head(std::string_view epoch, store::Version seq, std::string_view frame)
{
    constexpr std::string_view before = R"({"k":")";
    const auto kind = frame.substr(before.size(), frame.find('"', before.size()) - before.size());
    std::string head = "id: ";
    head += epoch;
    head += ':' + std::to_string(seq) + "\nevent: ";
    head += kind;
    return head + "\ndata: ";
}

}  // namespace tidegate::web
