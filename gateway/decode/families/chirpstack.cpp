#include "gateway/decode/families/chirpstack.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
#include <array>

namespace tidegate::gateway {

namespace {

constexpr std::array units = {Unit{"rssi", "dBm"},  Unit{"snr", "dB"},     Unit{"batterylevel", "%"},
                              Unit{"margin", "dB"}, Unit{"latitude", "°"}, Unit{"longitude", "°"},
                              Unit{"altitude", "m"}};

// application/APP/device/EUI/event/EVENT
bool claims(const Topic& topic)
{
    return topic.size() == 6 && topic[0] == "application" && topic[2] == "device" &&
           (topic[4] == "event" || topic[4] == "command");
}

bool is_no_reading(const Field& field)
{
    const std::string_view pointer = field.pointer;
    if (pointer.starts_with("/object/")) return false;  // what the codec has made of the payload
    constexpr std::array<std::string_view, 4> parts = {"/deviceInfo/", "/txInfo/", "/metadata/",
                                                       "/location/"};
    for (const auto part : parts)
        if (pointer.find(part) != std::string_view::npos) return true;
    constexpr std::array<std::string_view, 12> names = {
        "deduplicationId", "devAddr", "gatewayId", "uplinkId",    "context",          "confirmed", "adr",
        "gwTime",          "nsTime",  "crcStatus", "queueItemId", "timeSinceGpsEpoch"};
    return std::find(names.begin(), names.end(), last_step(pointer)) != names.end();
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (topic[4] == "command") {
        mark(decoded, Kind::metadata);
        return decoded;
    }
    decoded.time_ms = time_at(decoded, "/time");
    leave_out(decoded, is_no_reading);
    if (topic.size() > 5 && topic[5] != "up" && topic[5] != "status") mark(decoded, Kind::event);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic[3];
    std::string_view field = series.field;
    constexpr std::string_view object = "/object/";
    if (field.starts_with(object)) field.remove_prefix(object.size() - 1);
    series.name = words_of(field);
    const auto quantity = lowered(quantity_of(series.field));
    series.unit = look_up(units, quantity);
    if (series.unit.empty()) series.unit = telling_unit(quantity);
}

}  // namespace

const Family chirpstack{"chirpstack", claims, decode, describe};

}  // namespace tidegate::gateway
