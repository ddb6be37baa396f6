// No message of any family, however mangled, crashes, blocks or bloats. tests/fuzz does the same at length.
#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tidegate::gateway {
namespace {

struct Good {
    std::string_view topic, payload;
};

// A binary payload of CBOR, MessagePack and Sparkplug each, and what is typical of the others.
const std::array good = {
    Good{
        "homeassistant/sensor/a/config",
        R"({"~":"b","stat_t":"~/s","unit_of_meas":"W","val_tpl":"{{ value_json.a['b'] | float / 10 }}","dev":{"ids":["x"]},"avty":[{"t":"~/l"}]})"},
    Good{
        "homeassistant/device/a/config",
        R"({"dev":{"ids":"x","name":"D"},"state_topic":"s","cmps":{"t":{"p":"sensor","val_tpl":"{{ value_json.t }}"}}})"},
    Good{"tele/k/SENSOR", R"({"Time":"2026-11-24T05:00:00","AM2301":{"Temperature":20.1},"TempUnit":"C"})"},
    Good{"tasmota/discovery/AABBCCDDEEFF/config",
         R"({"dn":"D","ft":"%prefix%/%topic%/","t":"k","tp":["cmnd","stat","tele"]})"},
    Good{"shellies/s/relay/0/power", "34.21"},
    Good{
        "s/events/rpc",
        R"({"src":"x","method":"NotifyStatus","params":{"ts":1764000000.5,"switch:0":{"id":0,"apower":1}}})"},
    Good{"s/status/switch:0", R"({"id":0,"output":true,"temperature":{"tC":40.5}})"},
    Good{
        "zigbee2mqtt/bridge/devices",
        R"([{"friendly_name":"d","definition":{"exposes":[{"property":"p","unit":"W","features":[{"property":"q"}]}]}}])"},
    Good{"zigbee2mqtt/d", R"({"battery":97,"action":"single","update":{"state":"idle"}})"},
    Good{"homie/5/d/$description",
         R"({"name":"D","nodes":{"n":{"properties":{"p":{"datatype":"float","unit":"°C"}}}}})"},
    Good{"homie/d/n/p/$unit", "°C"},
    Good{"spBv1.0/g/NBIRTH/n",
         "\x08\x01\x12\x12\n\x05"
         "bdSeq\x10\x01\x20\x08\x58\x58\x1a\x01"
         "a"},
    Good{"spBv1.0/g/NDATA/n",
         "\x08\xd2\xe2\x83\xb9\xfa\x32\x12\x0d\x10\x64\x20\x0a\x69\x01\x01\x01\x01\x01\x80\x36\x40\x18\x01"},
    Good{"spBv1.0/g/DBIRTH/n/d",
         "\x12\x10\n\x01"
         "a\x10\x01\x20\x10\x8a\x01\x06\x12\x01"
         "c\x22\x01\n"},
    Good{
        "v3/a@t/devices/d/up",
        R"({"received_at":"2026-11-24T15:00:00Z","uplink_message":{"decoded_payload":{"t":4.5},"rx_metadata":[{"rssi":-35}]}})"},
    Good{"application/a/device/01/event/up",
         R"({"time":"2026-07-18T09:34:15.7+00:00","deviceInfo":{"deviceName":"T"},"object":{"l":1}})"},
    Good{"rtl_433/h/events", R"({"time":"2026-06-21 13:15:12","model":"Acu","id":70,"temperature_C":34.0})"},
    Good{"home/g/BTtoMQTT/A", R"({"id":"A","tempc":21.5,"weight":3,"unit":"kg"})"},
    Good{"N/c0619ab12345/battery/1/Soc", R"({"value":93.5,"max":100})"},
    Good{"owntracks/u/d", R"({"_type":"location","lat":48.8,"tst":1763999999})"},
    Good{"/devices/d/controls/c/meta", R"({"type":"temperature","title":{"en":"T"}})"},
    Good{"zwave/n/49/0/Air", R"({"value":1,"unit":"C","label":"L","lastUpdate":1764000000000})"},
    Good{"evcc/loadpoints/1/chargePower", "3600"},
    Good{"a/b/unit", "kWh"},
    Good{"s", R"([{"bn":"a","bt":1.7e9,"n":"b","u":"Cel","v":23.1},{"n":"c","vs":"x"}])"},
    Good{"t", "cpu,host=a,c=d\\ e idle=98.5,n=3i,s=\"q\\\"\" 1764000000000000000\nmem v=1"},
    Good{"c",
         "\xbf\x01\xf9\x3e\x01\x61t\x9f\x20\xf5\xf6\x41\x01\xff\x61"
         "f\xfa\x41\x41\x99\x9a\xff"},
    Good{"m",
         "\x82\xa1"
         "a\xcb\x40\x37\xc2\x8f\x5c\x28\xf5\xc3\xa4temp\x93\x01\xc3\xc0"},
    Good{"p", "640136 seconds"}};

void check(const Decoded& decoded, const DecodeLimits& limits)
{
    EXPECT_FALSE(decoded.rejected && !decoded.fields.empty());
    bool readings = false;
    for (const auto& field : decoded.fields) {
        readings |= field.kind != Kind::metadata;
        EXPECT_LT(field.pointer.size(), 2048U);
    }
    EXPECT_LE(decoded.fields.size(), readings ? limits.fields : limits.metadata);
}

TEST(Mangled, MessagesOfEveryFamilyAreSurvivedAndNothingGrowsBeyondItsBound)
{
    DecodeLimits limits;
    limits.fields = 50;
    limits.metadata = 100;
    Decoder decoder(limits);
    std::mt19937 random(11);
    std::size_t refused = 0, understood = 0;
    for (int round = 0; round < 1500; ++round) {
        for (const auto& [topic, payload] : good) {
            std::string bytes(payload);
            for (auto changes = random() % 4; changes > 0; --changes) {
                const auto at = random() % bytes.size();
                if (random() % 4 == 0)
                    bytes.insert(at, std::string(1 + random() % 8, bytes[at]));
                else
                    bytes[at] = static_cast<char>(random());
            }
            if (random() % 8 == 0) bytes.resize(random() % bytes.size());
            const auto decoded = decoder.decode({topic, bytes, 1'764'000'000'000 + round, false});
            check(decoded, limits);
            for (const auto& field : decoded.fields) describe_field(decoder, topic, field.pointer, field);
            ++(decoded.rejected ? refused : understood);
            ASSERT_LE(decoder.state().knowledge.size(), limits.metadata);
            ASSERT_LE(decoder.take_requests().size(), State::most_requests);
            decoder.take_news();
        }
    }
    EXPECT_GT(refused, 5'000U);
    EXPECT_GT(understood, 5'000U);
}

// The last bytes of a message may be missing, anywhere.
TEST(Mangled, MessagesThatAreCutOffAreSurvived)
{
    Decoder decoder;
    for (const auto& [topic, payload] : good)
        for (std::size_t length = 0; length < payload.size(); ++length)
            check(decoder.decode({topic, payload.substr(0, length), 1'764'000'000'000, false}),
                  DecodeLimits{});
}

}  // namespace
}  // namespace tidegate::gateway
