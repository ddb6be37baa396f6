#include "gateway/decode/families/evcc.hpp"

#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::array endings = {Unit{"chargedenergy", "Wh"}, Unit{"sessionenergy", "Wh"},
                                Unit{"limitenergy", "kWh"},  Unit{"energy", "kWh"},
                                Unit{"import", "kWh"},       Unit{"capacity", "kWh"},
                                Unit{"power", "W"},          Unit{"soc", "%"},
                                Unit{"currents", "A"},       Unit{"current", "A"},
                                Unit{"voltages", "V"},       Unit{"duration", "s"},
                                Unit{"remaining", "s"},      Unit{"range", "km"},
                                Unit{"odometer", "km"},      Unit{"temp", "°C"},
                                Unit{"percentage", "%"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 2 && topic[0] == "evcc";
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (topic.last() == "set" || topic.last() == "updated") mark(decoded, Kind::metadata);
    if (topic.last() == "status" && topic.size() == 2) mark(decoded, Kind::availability);
    return decoded;
}

bool is_index(std::string_view level)
{
    return !level.empty() && level.find_first_not_of("0123456789") == std::string_view::npos;
}

void describe(const Topic& topic, Description& series)
{
    const bool numbered = topic.size() > 3 && is_index(topic[2]);  // loadpoints/1/…
    const std::size_t first = numbered ? 3 : 2;
    series.device = topic.before(std::min(first, topic.size() - 1));
    series.name = spaced(topic.from(std::min(first, topic.size() - 1)));
    if (!series.field.empty()) series.name += fmt::format(" {}", words_of(series.field));
    series.availability = "evcc/status";
    // "chargeCurrents/2" is the second phase of it.
    const auto leaf = is_index(topic.last()) ? topic.last(1) : topic.last();
    series.unit = look_up_ending(endings, lowered(leaf));
}

}  // namespace

const Family evcc{"evcc", claims, decode, describe, true};

}  // namespace tidegate::gateway
