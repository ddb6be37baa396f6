// Hostile messages to one decoder. An input is a row of messages, so that what is remembered is reached as
// well: the byte 0xfe ends one; the first byte of each chooses among the decoder's topics.
#include "gateway/decode/decoder.hpp"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

extern const char* const fuzzed_decoder;  // of this target

namespace {

using namespace tidegate::gateway;

const std::vector<std::string>& topics_of(const std::string& decoder)
{
    static const std::map<std::string, std::vector<std::string>> topics = {
        {"$SYS", {"$SYS/broker/uptime", "$SYS/broker/load/bytes/1min"}},
        {"ha-discovery",
         {"homeassistant/sensor/a/config", "homeassistant/device/a/config", "homeassistant/status", "a"}},
        {"sparkplug-b",
         {"spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n", "spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/DDATA/n/d",
          "spBv1.0/g/NDEATH/n", "spBv1.0/g/NCMD/n", "spBv1.0/STATE/h"}},
        {"homie",
         {"homie/5/d/$description", "homie/5/d/n/p", "homie/d/n/p/$unit", "homie/d/n/p/$datatype",
          "homie/d/n/p", "homie/d/$state"}},
        {"zigbee2mqtt",
         {"zigbee2mqtt/bridge/devices", "zigbee2mqtt/d", "zigbee2mqtt/d/availability",
          "zigbee2mqtt/bridge/state"}},
        {"shelly-gen1",
         {"shellies/s/relay/0/power", "shellies/s/info", "shellies/announce", "shellies/s/input_event/0"}},
        {"shelly-gen2", {"s/events/rpc", "s/status/switch:0"}},
        {"ttn", {"v3/a@t/devices/d/up", "v3/a@t/devices/d/join"}},
        {"chirpstack", {"application/a/device/0102/event/up", "application/a/device/0102/event/join"}},
        {"victron", {"N/p/battery/1/Soc", "N/p/keepalive", "W/p/a/0/b"}},
        {"owntracks", {"owntracks/u/d", "owntracks/u/d/event"}},
        {"evcc", {"evcc/site/pvPower", "evcc/loadpoints/1/chargeCurrents"}},
        {"zwave-js-ui", {"zwave/n/49/0/Air", "zwave/n/status", "zwave/_CLIENTS/x"}},
        {"wirenboard",
         {"/devices/d/controls/c", "/devices/d/controls/c/meta", "/devices/d/controls/c/meta/units"}},
        {"tasmota",
         {"tele/k/SENSOR", "tasmota/discovery/AABBCC/config", "stat/k/RESULT", "a/tele/STATE", "x/y/SENSOR",
          "tele/k/LWT"}},
        {"rtl_433", {"rtl_433/h/events", "rtl_433/h/devices/m/1/temperature_C"}},
        {"openmqttgateway", {"home/g/BTtoMQTT/A", "home/g/433toMQTT"}},
        {"esphome", {"n/sensor/t/state", "n/light/l/state", "esphome/discover/n"}},
        {"value-unit", {"a/b/value", "a/b/unit"}}};
    static const std::vector<std::string> any = {"plant/a"};
    const auto found = topics.find(decoder);
    return found == topics.end() ? any : found->second;
}

void check(const Decoded& decoded, const DecodeLimits& limits)
{
    if (decoded.rejected && !decoded.fields.empty()) std::abort();
    bool readings = false;
    for (const auto& field : decoded.fields) {
        readings |= field.kind != Kind::metadata;
        if (field.pointer.size() > 2048) std::abort();
    }
    if (decoded.fields.size() > (readings ? limits.fields : limits.metadata)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    DecodeLimits limits;
    limits.fields = 100;
    limits.metadata = 200;
    Decoder decoder(limits);
    const auto& topics = topics_of(fuzzed_decoder);
    // A form, unlike a family, is not known by its topic.
    if (topics.size() == 1 && std::string_view(fuzzed_decoder) != "payload" &&
        !decoder.read_as("#", fuzzed_decoder))
        std::abort();
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::int64_t now_ms = 1'764'000'000'000;
    while (!rest.empty()) {
        const auto& topic = topics[static_cast<unsigned char>(rest.front()) % topics.size()];
        const auto end = rest.find('\xfe');
        const auto payload = rest.substr(1, end == std::string_view::npos ? end : (end == 0 ? 0 : end - 1));
        const auto decoded = decoder.decode({topic, payload, now_ms += 1000, false});
        check(decoded, limits);
        for (const auto& field : decoded.fields) describe_field(decoder, topic, field.pointer, field);
        if (decoder.state().knowledge.size() > limits.metadata ||
            decoder.take_requests().size() > State::most_requests)
            std::abort();
        decoder.take_news();
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return 0;
}
