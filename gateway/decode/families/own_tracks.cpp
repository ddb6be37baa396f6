#include "gateway/decode/families/own_tracks.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
#include <array>

namespace tidegate::gateway {

namespace {

constexpr std::array units = {Unit{"lat", "°"}, Unit{"lon", "°"},  Unit{"alt", "m"},    Unit{"acc", "m"},
                              Unit{"vac", "m"}, Unit{"batt", "%"}, Unit{"vel", "km/h"}, Unit{"cog", "°"},
                              Unit{"rad", "m"}, Unit{"p", "kPa"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 3 && topic[0] == "owntracks";
}

bool is_no_reading(const Field& field)
{
    constexpr std::array<std::string_view, 12> names = {"_type", "tid",   "tst",   "created_at",
                                                        "SSID",  "BSSID", "topic", "_id",
                                                        "_http", "wtst",  "rid",   "isotst"};
    return std::find(names.begin(), names.end(), last_step(field.pointer)) != names.end();
}

std::string type_of(const Decoded& decoded)
{
    const auto* type = find_field(decoded, "/_type");
    const auto* text = type == nullptr ? nullptr : std::get_if<std::string>(&type->value);
    return text == nullptr ? std::string() : *text;
}

std::optional<Decoded> decode(const Message& message, const Topic&, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    const auto type = type_of(decoded);
    if (const auto* time = find_field(decoded, "/tst")) decoded.time_ms = time_from_seconds(time->value);
    if (type == "location" || type == "transition" || type == "steps") {
        leave_out(decoded, is_no_reading);
        if (type == "transition") mark(decoded, Kind::event);
    } else {
        // lwt says that a phone is not there; cards, waypoints, configuration and what is encrypted are no
        // readings.
        mark(decoded, type == "lwt" ? Kind::availability : Kind::metadata);
    }
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic.between(1, 3);
    series.name = words_of(series.field);
    series.unit = look_up(units, last_step(series.field));
}

}  // namespace

const Family own_tracks{"owntracks", claims, decode, describe};

}  // namespace tidegate::gateway
