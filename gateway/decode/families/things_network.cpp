#include "gateway/decode/families/things_network.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::string_view decoded_payload = "/uplink_message/decoded_payload/";

constexpr std::array units = {Unit{"rssi", "dBm"},   Unit{"channel_rssi", "dBm"}, Unit{"signal_rssi", "dBm"},
                              Unit{"snr", "dB"},     Unit{"latitude", "°"},       Unit{"longitude", "°"},
                              Unit{"altitude", "m"}, Unit{"battery", "%"}};

bool claims(const Topic& topic)
{
    return topic.size() >= 5 && topic[0] == "v3" && topic[2] == "devices";
}

// What names the message, its way and its settings. What the payload formatter has made of the payload stays
// whole.
bool is_no_reading(const Field& field)
{
    const std::string_view pointer = field.pointer;
    if (pointer.starts_with(decoded_payload)) return false;
    constexpr std::array<std::string_view, 11> parts = {"/end_device_ids/",
                                                        "/correlation_ids/",
                                                        "/settings/",
                                                        "/gateway_ids/",
                                                        "/packet_broker/",
                                                        "/network_ids/",
                                                        "/version_ids/",
                                                        "/locations/",
                                                        "/decoded_payload_warnings/",
                                                        "/application_ids/",
                                                        "/last_battery_percentage/"};
    for (const auto part : parts)
        if (pointer.find(part) != std::string_view::npos) return true;
    constexpr std::array<std::string_view, 9> names = {
        "session_key_id",   "uplink_token",     "timestamp", "gps_time", "channel_index",
        "frequency_offset", "consumed_airtime", "confirmed", "simulated"};
    return std::find(names.begin(), names.end(), last_step(pointer)) != names.end();
}

std::int64_t time_of(const Decoded& decoded)
{
    for (const auto* pointer :
         {"/uplink_message/rx_metadata/0/time", "/uplink_message/received_at", "/received_at"})
        if (const auto time_ms = time_at(decoded, pointer)) return time_ms;
    return 0;
}

std::optional<Decoded> decode(const Message& message, const Topic& topic, State&, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    if (decoded.rejected) return decoded;
    if (topic.size() > 4 && topic[4] != "up") {  // join, down/queued, location/solved …
        mark(decoded, topic[4] == "down" ? Kind::metadata : Kind::event);
        return decoded;
    }
    decoded.time_ms = time_of(decoded);
    leave_out(decoded, is_no_reading);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = topic[3];
    std::string_view field = series.field;
    for (const auto prefix : {decoded_payload, std::string_view("/uplink_message/")})
        if (field.starts_with(prefix)) {
            field.remove_prefix(prefix.size() - 1);
            break;
        }
    series.name = words_of(field);
    const auto quantity = lowered(quantity_of(series.field));
    series.unit = look_up(units, quantity);
    if (series.unit.empty()) series.unit = telling_unit(quantity);
}

}  // namespace

const Family things_network{"ttn", claims, decode, describe};

}  // namespace tidegate::gateway
