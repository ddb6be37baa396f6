// What understanding a message costs, by family: one message that is as long as they usually are.
#include "gateway/decode/decoder.hpp"

#include <benchmark/benchmark.h>
#include <string>

namespace tidegate::gateway {
namespace {

void decode_message(benchmark::State& state, std::string_view topic, std::string_view payload)
{
    Decoder decoder;
    for (auto _ : state) benchmark::DoNotOptimize(decoder.decode({topic, payload, 1'764'000'000'000, false}));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

#define MESSAGE(name, topic, payload) BENCHMARK_CAPTURE(decode_message, name, topic, payload)

MESSAGE(scalar, "plant/a/temperature", "21.5");
MESSAGE(json_60_bytes, "plant/a", R"({"temperature":21.5,"humidity":48.2,"battery":97,"ok":true})");
MESSAGE(number_with_unit, "plant/a", "640136 seconds");
MESSAGE(tasmota,
        "tele/k/SENSOR",
        R"({"Time":"2026-11-24T05:00:00","AM2301":{"Temperature":20.1,"Humidity":50.3},"TempUnit":"C"})");
MESSAGE(shelly_gen1, "shellies/shelly1pm-A1/relay/0/power", "34.21");
MESSAGE(
    shelly_gen2,
    "shellyplus1-b8/events/rpc",
    R"({"src":"shellyplus1-b8","dst":"x","method":"NotifyStatus","params":{"ts":1764000000.5,"switch:0":{"id":0,"apower":11.5}}})");
MESSAGE(zigbee2mqtt,
        "zigbee2mqtt/garage",
        R"({"battery":97,"humidity":69.14,"linkquality":null,"temperature":18.61,"voltage":2675})");
MESSAGE(esphome, "weather/sensor/temperature/state", "20.4");
MESSAGE(
    ha_discovery,
    "homeassistant/sensor/x/p/config",
    R"({"availability":[{"topic":"z/bridge/state"}],"device":{"identifiers":["z_1"],"manufacturer":"M","name":"Balcony"},)"
    R"("device_class":"power","state_class":"measurement","state_topic":"z/Balcony","unique_id":"u","unit_of_measurement":"W",)"
    R"("value_template":"{{ value_json.power }}"})");
MESSAGE(homie, "homie/5/car/engine/temperature", "21.5");
MESSAGE(victron, "N/c0619ab12345/battery/1/Soc", R"({"value":93.5})");
MESSAGE(
    owntracks,
    "owntracks/j/n",
    R"({"_type":"location","alt":154,"batt":53,"lat":48.856826,"lon":2.292713,"tid":"j1","tst":1763999999,"vel":0})");
MESSAGE(rtl_433,
        "rtl_433/h/events",
        R"({"time":"2026-06-21 13:15:12","model":"Acurite","id":70,"temperature_C":34.0,"mic":"CRC"})");
MESSAGE(theengs,
        "home/gw/BTtoMQTT/A4C138",
        R"({"id":"A4:C1:38","name":"LYWSD03","rssi":-60,"tempc":21.5,"hum":50,"batt":90})");
MESSAGE(wirenboard, "/devices/room_light/controls/lamp", "1");
MESSAGE(zwave, "zwave/Hall/128/0/level", R"({"time":1764000000000,"value":10})");
MESSAGE(evcc, "evcc/loadpoints/1/chargePower", "3600");
MESSAGE(value_and_unit, "inverter/status/grid_voltage/value", "233.3");
MESSAGE(broker_status, "$SYS/broker/load/messages/received/1min", "1067.02");
MESSAGE(senml, "s", R"([{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}])");
MESSAGE(line_protocol, "t/h/cpu", "cpu,host=pop-os,cpu=cpu0 idle=98.5,user=1.2 1764000000000000000");
MESSAGE(
    chirpstack,
    "application/a/device/0101/event/up",
    R"({"deduplicationId":"3ac7","time":"2026-07-18T09:34:15.775023242+00:00","deviceInfo":{"deviceName":"Tank","devEui":"0101"},)"
    R"("dr":1,"fPort":1,"data":"qg==","object":{"level":12.5},"rxInfo":[{"gatewayId":"0016","rssi":-36,"snr":10.5}]})");
MESSAGE(
    ttn,
    "v3/a@t/devices/d/up",
    R"({"end_device_ids":{"device_id":"d"},"received_at":"2026-11-24T15:00:00Z","uplink_message":{"f_port":15,)"
    R"("decoded_payload":{"temperature":4.5},"rx_metadata":[{"rssi":-35,"snr":5}]}})");

void decode_bytes(benchmark::State& state, std::string_view topic, const std::string& payload)
{
    decode_message(state, topic, payload);
}
BENCHMARK_CAPTURE(decode_bytes,
                  cbor,
                  "c",
                  std::string("\xa2\x01\xfb\x40\x37\xc2\x8f\x5c\x28\xf5\xc3\x64temp\x18\x2a", 18));
BENCHMARK_CAPTURE(decode_bytes,
                  messagepack,
                  "m",
                  std::string("\x82\xa1"
                              "a\xcb\x40\x37\xc2\x8f\x5c\x28\xf5\xc3\xa4temp\x2a",
                              18));
// NDATA with one double, as an alias that nobody named.
BENCHMARK_CAPTURE(
    decode_bytes,
    sparkplug_b,
    "spBv1.0/g/NDATA/n",
    std::string(
        "\x08\xd2\xe2\x83\xb9\xfa\x32\x12\x0d\x10\x64\x20\x0a\x69\x00\x00\x00\x00\x00\x80\x36\x40\x18\x01",
        24));

// With 12,000 facts known, a message on a topic that none of them is about.
void decode_beside_discovery(benchmark::State& state)
{
    Decoder decoder;
    for (int i = 0; i < 12'000; ++i)
        decoder.decode({"homeassistant/sensor/" + std::to_string(i) + "/config",
                        R"({"name":"n","state_topic":"t/)" + std::to_string(i) + R"("})", 0, true});
    decoder.take_news();
    for (auto _ : state)
        benchmark::DoNotOptimize(decoder.decode({"plant/a/temperature", "21.5", 1'764'000'000'000, false}));
}
BENCHMARK(decode_beside_discovery);

}  // namespace
}  // namespace tidegate::gateway
