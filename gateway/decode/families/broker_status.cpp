#include "gateway/decode/families/broker_status.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

namespace tidegate::gateway {

namespace {

bool claims(const Topic& topic)
{
    return topic[0] == "$SYS";
}

std::optional<Decoded> decode(const Message& message, const Topic&, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic.before(2);
    series.name = spaced(topic.from(2));
    series.unit.clear();
    if (topic.last() == "uptime") series.unit = "s";
    // Averages of what comes in a minute, over one, five or fifteen.
    if (topic[2] == "load" && topic.last().ends_with("min")) series.unit = "1/min";
    const bool bytes =
        topic[2] == "bytes" || topic[2] == "heap" || topic.text().find("/bytes") != std::string_view::npos;
    if (bytes && series.unit.empty()) series.unit = "B";
    if (bytes && series.unit == "1/min") series.unit = "B/min";
}

}  // namespace

const Family broker_status{"$SYS", claims, decode, describe};

}  // namespace tidegate::gateway
