// What is special to each family of devices: units, times, events, what is no reading.
#include "decode_house.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Value;

TEST(Tasmota, TakesUnitsFromTheMessageAndNoLocalTimeForUtc)
{
    House house;
    const auto decoded = house.hear(
        "tele/k/SENSOR",
        R"({"Time":"2026-11-24T05:00:00","BME280":{"Id":"0301","Temperature":70.1,"Pressure":29.9},)"
        R"("TempUnit":"F","PressureUnit":"inHg"})");
    EXPECT_EQ(decoded.time_ms, 0);
    EXPECT_EQ(house.unit("/BME280/Temperature"), "°F");
    EXPECT_EQ(house.unit("/BME280/Pressure"), "inHg");
    EXPECT_EQ(house.field("/BME280/Id"), nullptr);
    EXPECT_EQ(house.field("/TempUnit"), nullptr);
    house.hear("tele/k/SENSOR", R"({"Time":"2026-11-24T05:00:00+01:00","A":{"Power":1}})");
    EXPECT_EQ(house.hear("tele/k/SENSOR", R"({"Time":"2026-11-24T05:00:00+01:00","A":{"Power":1}})").time_ms,
              1'795'492'800'000);
}

TEST(Tasmota, IsKnownUnderACustomFullTopic)
{
    House house;
    EXPECT_EQ(
        house.hear("cellar/freezer/tele/SENSOR", R"({"ENERGY":{"Power":80,"Total":[1.5,2.5]}})").decoder,
        "tasmota");
    EXPECT_EQ(house.unit("/ENERGY/Power"), "W");
    EXPECT_EQ(house.unit("/ENERGY/Total/1"), "kWh");
    EXPECT_EQ(house.series("/ENERGY/Power").device, "cellar/freezer");
}

TEST(Tasmota, IsKnownUnderTheTopicsThatItsDiscoveryNames)
{
    House house;
    house.hear(
        "tasmota/discovery/AABBCCDDEEFF/config",
        R"({"ip":"10.0.0.9","dn":"Boiler room","ft":"%topic%/out/%prefix%/","t":"boiler","tp":["c","s","t"]})");
    EXPECT_EQ(
        house.hear("boiler/out/t/SENSOR", R"({"DS18B20":{"Id":"01","Temperature":60.5},"TempUnit":"C"})")
            .decoder,
        "tasmota");
    EXPECT_EQ(house.field("/DS18B20/Id"), nullptr);
    EXPECT_EQ(house.series("/DS18B20/Temperature").device, "boiler");
    EXPECT_EQ(house.series("/DS18B20/Temperature").availability, "boiler/out/t/LWT");
    EXPECT_EQ(house.unit("/DS18B20/Temperature"), "°C");
}

TEST(Tasmota, TellsAPressedButtonAsAnEventAndACommandAsNoReading)
{
    House house;
    house.hear("stat/k/RESULT", R"({"Button1":{"Action":"SINGLE"}})");
    EXPECT_EQ(house.field("/Button1/Action")->kind, Kind::event);
    house.hear("cmnd/k/POWER", "ON");
    EXPECT_EQ(house.field("")->kind, Kind::metadata);
    EXPECT_EQ(house.hear("tele/k/LWT", "Offline").fields.at(0).kind, Kind::availability);
}

TEST(Shelly, PartialUpdatesMeetTheFullStatusInTheSameSeries)
{
    House house;
    const auto full = house.hear(
        "shellyplus-1/events/rpc",
        R"({"src":"shellyplus-1","method":"NotifyFullStatus","params":{"ts":1764000000.5,"switch:0":)"
        R"({"id":0,"output":true,"apower":10.5,"voltage":230.1,"aenergy":{"total":5,"by_minute":[1,2],"minute_ts":1}}}})");
    EXPECT_EQ(full.time_ms, 1'764'000'000'500);
    EXPECT_EQ(full.fields.size(), 4U) << "no id, no minutes, no source";
    const auto part = house.hear("shellyplus-1/events/rpc",
                                 R"({"src":"shellyplus-1","method":"NotifyStatus","params":{"ts":1764000001,)"
                                 R"("switch:0":{"id":0,"apower":null,"voltage":231}}})");
    ASSERT_EQ(part.fields.size(), 1U) << "what is left out, or null, stays as it was";
    EXPECT_EQ(part.fields[0].pointer, "/params/switch:0/voltage");
    EXPECT_EQ(part.absent, 1U);
}

TEST(Shelly, TellsItsDeviceUnderAPrefixThatSomebodyChose)
{
    House house;
    house.hear("garage/events/rpc",
               R"({"src":"shelly-77","method":"NotifyStatus","params":{"switch:0":{"apower":1}}})");
    EXPECT_EQ(house.series("/params/switch:0/apower").device, "shelly-77");
    house.hear("garage/status/temperature:100", R"({"id":100,"tC":21.5,"tF":70.7})");
    EXPECT_EQ(house.unit("/tC"), "°C");
    EXPECT_EQ(house.unit("/tF"), "°F");
    EXPECT_EQ(house.field("/id"), nullptr);
}

TEST(Shelly, CountsARelaysEnergyInWattMinutes)
{
    House house;
    house.hear("shellies/plug-1/relay/0/energy", "1200");
    EXPECT_EQ(house.unit(""), "W·min");
    house.hear("shellies/em-1/emeter/0/total", "1200.5");
    EXPECT_EQ(house.unit(""), "Wh");
    house.hear("shellies/button-1/input_event/0", R"({"event":"S","event_cnt":3})");
    EXPECT_EQ(house.field("/event")->kind, Kind::event);
    house.hear("shellies/plug-1/ext_temperature/0", "4.5");
    EXPECT_EQ(house.unit(""), "°C");
}

TEST(Esphome, TakesASensorThatFailedForNoReading)
{
    House house;
    EXPECT_EQ(house.hear("node/sensor/outside/state", "nan").rejected, Reject::no_reading);
    house.hear("node/sensor/outside/state", "4.5");
    EXPECT_EQ(house.series("").device, "node");
    EXPECT_EQ(house.series("").availability, "node/status");
}

TEST(Victron, TellsNullAndGoneFromZeroAndAsksToGoOn)
{
    House house;
    const auto null = house.hear("N/c0619ab12345/battery/1/Soc", R"({"value":null})");
    EXPECT_EQ(null.rejected, Reject::no_reading);
    EXPECT_EQ(null.absent, 1U);
    EXPECT_EQ(house.hear("N/c0619ab12345/battery/1/Soc", "").rejected, Reject::empty);
    house.hear("N/c0619ab12345/battery/1/Soc", R"({"value":0,"min":0,"max":100})");
    EXPECT_EQ(house.value("/value"), Value(std::int64_t{0}));
    EXPECT_EQ(house.unit("/value"), "%");
    EXPECT_EQ(house.field("/max"), nullptr);
    const auto asked = house.decoder.take_requests();
    ASSERT_EQ(asked.size(), 1U) << "once in half a minute";
    EXPECT_EQ(asked[0].topic, "R/c0619ab12345/keepalive");
    EXPECT_EQ(asked[0].payload, "") << "the first time, for all that it has";
}

TEST(Victron, IsAskedToGoOnByTheClockAtTheBrokerThatItIsHeardFrom)
{
    constexpr std::int64_t start = 1'764'000'000'000, second = 1000, minute = 60'000;
    Decoder decoder;
    decoder.decode({"N/c0619ab12345/system/0/Serial", R"({"value":"x"})", start, true, 3});
    EXPECT_EQ(decoder.take_requests().size(), 1U) << "at rest it has nothing but what is retained";
    decoder.tick(start + 29 * second);
    EXPECT_TRUE(decoder.take_requests().empty());
    decoder.tick(start + 30 * second);
    const auto again = decoder.take_requests();
    ASSERT_EQ(again.size(), 1U) << "though it was not heard";
    EXPECT_EQ(again[0].broker, 3U);
    EXPECT_THAT(again[0].payload, testing::HasSubstr("suppress-republish"));

    decoder.decode({"N/c0619ab12345/system/0/Serial", R"({"value":"x"})", start + 10 * minute, false, 3});
    const auto woken = decoder.take_requests();
    ASSERT_EQ(woken.size(), 1U);
    EXPECT_EQ(woken[0].payload, "") << "it was away: all of it, please";

    decoder.tick(start + 71 * minute);
    EXPECT_TRUE(decoder.take_requests().empty()) << "not heard for an hour: it is no more";
}

TEST(Victron, IsAskedAlsoWhenTheClockWasSetBack)
{
    constexpr std::int64_t start = 1'764'000'000'000, hour = 3'600'000;
    Decoder decoder;
    decoder.decode({"N/c0619ab12345/system/0/Serial", R"({"value":"x"})", start, false});
    EXPECT_EQ(decoder.take_requests().size(), 1U);
    decoder.decode({"N/c0619ab12345/system/0/Serial", R"({"value":"x"})", start - hour, false});
    EXPECT_EQ(decoder.take_requests().size(), 1U);
}

TEST(Rtl433, TellsTheDevicesOnOneTopicApart)
{
    House house;
    house.hear("rtl_433/host/events",
               R"({"time":"2026-11-24 05:00:00","model":"Acu","id":70,"channel":"A","temperature_C":4.5})");
    ASSERT_NE(house.field("/temperature_C"), nullptr);
    EXPECT_EQ(house.field("/temperature_C")->source, "Acu/A/70");
    EXPECT_EQ(house.field("/id"), nullptr);
    EXPECT_EQ(house.series("/temperature_C").device, "Acu/A/70");
    house.hear("rtl_433/host/devices/Acu/A/70/wind_avg_km_h", "12.5");
    EXPECT_EQ(house.unit(""), "km/h");
    EXPECT_EQ(house.series("").device, "Acu/A/70");
}

TEST(Theengs, NamesUnitsAndLeavesIdentifiersOut)
{
    House house;
    house.hear("home/gw/BTtoMQTT/A4C1380011",
               R"({"id":"A4:C1:38:00:11","name":"LYWSD03","rssi":-60,"tempc":21.5,"hum":50})");
    EXPECT_EQ(house.unit("/tempc"), "°C");
    EXPECT_EQ(house.unit("/rssi"), "dBm");
    EXPECT_EQ(house.field("/id"), nullptr);
    EXPECT_EQ(house.series("/tempc").device, "A4C1380011");
    house.hear("home/gw/BTtoMQTT/SCALE", R"({"id":"x","weight":71.2,"unit":"kg"})");
    EXPECT_EQ(house.unit("/weight"), "kg");
}

TEST(LoraWan, TakesTheTimeAndTheDecodedPayload)
{
    House house;
    EXPECT_EQ(
        house
            .hear("v3/app@t/devices/d/up",
                  R"({"end_device_ids":{"device_id":"d"},"received_at":"2026-11-24T15:00:00.123456789Z",)"
                  R"("uplink_message":{"f_cnt":7,"decoded_payload":{"temperature":4.5,"id":3},)"
                  R"("settings":{"frequency":"868100000"},"rx_metadata":[{"rssi":-100,"snr":-3.5}]}})")
            .time_ms,
        1'795'532'400'123);
    EXPECT_EQ(house.value("/uplink_message/decoded_payload/temperature"), Value(4.5));
    EXPECT_NE(house.field("/uplink_message/decoded_payload/id"), nullptr) << "the payload's own stays whole";
    EXPECT_EQ(house.series("/uplink_message/decoded_payload/temperature").name, "temperature");
    EXPECT_EQ(house.unit("/uplink_message/rx_metadata/0/rssi"), "dBm");
    house.hear(
        "application/a/device/0102/event/up",
        R"({"deduplicationId":"x","time":"2026-11-24T15:00:00+00:00","deviceInfo":{"deviceName":"Tank"},)"
        R"("object":{"level":12.5}})");
    EXPECT_EQ(house.series("/object/level").device, "0102") << "names need not be unique";
    EXPECT_EQ(house.field("/deviceInfo/deviceName"), nullptr);
}

TEST(OwnTracks, TakesPlacesAndTheirTimes)
{
    House house;
    EXPECT_EQ(house
                  .hear("owntracks/u/phone",
                        R"({"_type":"location","lat":48.856826,"lon":2.292713,"tst":1764000000,"tid":"u"})")
                  .time_ms,
              1'764'000'000'000);
    EXPECT_EQ(house.value("/lat"), Value(48.856826));
    EXPECT_EQ(house.field("/tid"), nullptr);
    EXPECT_EQ(house.hear("owntracks/u/phone/event", R"({"_type":"transition","event":"enter","tst":1})")
                  .fields.at(0)
                  .kind,
              Kind::event);
}

TEST(ZWave, ReadsAWholeValueObject)
{
    House house;
    EXPECT_EQ(
        house
            .hear(
                "zwave/Hall/sensor_multilevel/endpoint_0/Air_temperature",
                R"({"id":"7-49-0","nodeId":7,"label":"Air temperature","unit":"°F","value":70.5,"lastUpdate":1764000000000})")
            .time_ms,
        1'764'000'000'000);
    EXPECT_EQ(house.unit("/value"), "°F");
    EXPECT_EQ(house.series("/value").name, "Air temperature");
    EXPECT_EQ(house.series("/value").device, "Hall");
    EXPECT_EQ(house.field("/nodeId"), nullptr);
}

TEST(Evcc, KnowsUnitsByNames)
{
    House house;
    house.hear("evcc/loadpoints/1/chargePower", "3600");
    EXPECT_EQ(house.unit(""), "W");
    house.hear("evcc/loadpoints/1/chargeCurrents/2", "15.9");
    EXPECT_EQ(house.unit(""), "A");
    EXPECT_EQ(house.series("").device, "evcc/loadpoints/1");
    house.hear("evcc/site/batterySoc", "80");
    EXPECT_EQ(house.unit(""), "%");
}

TEST(SenMl, AddsBaseValuesAndTimes)
{
    House house;
    const auto decoded = house.hear(
        "s",
        R"([{"bn":"dev:","bt":1764000000,"bu":"Cel","bv":20,"n":"a","v":1.5},{"n":"b","t":-5,"u":"%RH","v":30}])");
    EXPECT_EQ(decoded.decoder, "senml");
    EXPECT_EQ(house.value("/dev:a"), Value(21.5));
    EXPECT_EQ(house.unit("/dev:a"), "°C");
    EXPECT_EQ(house.series("/dev:b").name, "dev:b");
    EXPECT_EQ(house.unit("/dev:b"), "%");
    EXPECT_EQ(house.field("/dev:b")->time_ms, 1'763'999'995'000);
    EXPECT_EQ(house.hear("s", R"([{"n":"a","x":1}])").decoder, "json") << "no member that SenML has";
}

TEST(SenMl, KnowsASeriesByItsNameAndNotByItsPlace)
{
    House house;
    house.hear("s", R"([{"n":"temp","u":"Cel","v":20}])");
    EXPECT_EQ(house.value("/temp"), Value(std::int64_t{20}));
    house.hear("s", R"([{"n":"hum/in","u":"%RH","v":50},{"n":"temp","u":"Cel","v":21,"s":9}])");
    EXPECT_EQ(house.value("/hum~1in"), Value(std::int64_t{50}));
    EXPECT_EQ(house.value("/temp"), Value(std::int64_t{21}));
    EXPECT_EQ(house.value("/temp/s"), Value(std::int64_t{9}));
    const auto pack =
        house.hear("s", R"([{"bn":"d:","n":"a","t":-2,"v":1},{"n":"a","t":-1,"v":2},{"n":"a","v":3}])");
    ASSERT_EQ(pack.fields.size(), 3U);
    for (const auto& field : pack.fields) EXPECT_EQ(field.pointer, "/d:a");
    const auto arrived_ms = House::now_ms + 3000;
    EXPECT_EQ(pack.fields[0].time_ms, arrived_ms - 2000) << "relative to when it came";
    EXPECT_EQ(pack.fields[1].time_ms, arrived_ms - 1000);
    EXPECT_EQ(pack.fields[2].time_ms, 0) << "when it came";
}

TEST(Victron, TellsTwoInstallationsApart)
{
    House house;
    house.hear("N/c1/battery/288/Soc", R"({"value":5})");
    EXPECT_EQ(house.series("/value").device, "battery/288");
    house.hear("N/c2/battery/288/Soc", R"({"value":6})");
    EXPECT_EQ(house.series("/value").device, "c2/battery/288");
    house.hear("N/c2/battery/288/Soc", "");
    EXPECT_EQ(house.decoder.take_words().at(0).device, "c2/battery/288");
    house.hear("N/c1/battery/288/Soc", R"({"value":5})");
    EXPECT_EQ(house.series("/value").device, "battery/288");
}

TEST(Units, AreThoseOfTheFamiliesDocumentation)
{
    House house;
    const auto unit = [&](std::string_view topic, std::string_view payload, std::string_view pointer) {
        house.hear(topic, payload);
        return house.unit(pointer);
    };
    const std::string info =
        R"({"wifi_sta":{"rssi":-60},"meters":[{"power":1,"total":60}],"emeters":[{"total":5}],"tmp":{"tC":30,"tF":86}})";
    EXPECT_EQ(unit("shellies/a/info", info, "/meters/0/total"), "W·min");
    EXPECT_EQ(unit("shellies/a/info", info, "/emeters/0/total"), "Wh");
    EXPECT_EQ(unit("shellies/a/info", info, "/tmp/tC"), "°C");
    EXPECT_EQ(unit("shellies/a/info", info, "/wifi_sta/rssi"), "dBm");
    EXPECT_EQ(unit("N/c1/tank/20/Capacity", R"({"value":0.2})", "/value"), "m³");
    EXPECT_EQ(unit("N/c1/battery/1/Capacity", R"({"value":100})", "/value"), "Ah");
    EXPECT_EQ(unit("stat/x/STATUS", R"({"Status":{"Power":1}})", "/Status/Power"), "");
    EXPECT_EQ(unit("em/status/emdata:0", R"({"a_total_act_energy":1.5})", "/a_total_act_energy"), "Wh");
    EXPECT_EQ(unit("home/OMG/RTL_433toMQTT/A/1", R"({"temperature_C":20.1})", "/temperature_C"), "°C");
}

TEST(Names, OfNodesAndDevicesAreThoseThatPeopleGave)
{
    House house;
    house.hear("zwave/kitchen/Sensor1/status", R"({"time":1,"value":true,"status":"Alive"})");
    EXPECT_EQ(house.series("/status").device, "kitchen/Sensor1") << "and no device called kitchen";
    house.hear("/devices/wb/meta/name", "Boiler room");
    house.hear("/devices/wb/controls/t", "21.5");
    EXPECT_EQ(house.series("").device, "Boiler room");
    house.hear("/devices/wc/meta", R"({"driver":"x","title":{"en":"Attic"}})");
    house.hear("/devices/wc/controls/t", "21.5");
    EXPECT_EQ(house.series("").device, "Attic");
}

TEST(LineProtocol, KeepsTypesTimesAndWhoSaidIt)
{
    House house;
    const auto decoded = house.hear(
        "t", "cpu,cpu=cpu0,topic=t idle=98.5,count=3i,up=t,name=\"a \\\"b\\\"\" 1764000000000000000\n");
    EXPECT_EQ(decoded.decoder, "line-protocol");
    EXPECT_EQ(house.value("/cpu/idle"), Value(98.5));
    EXPECT_EQ(house.value("/cpu/count"), Value(std::int64_t{3}));
    EXPECT_EQ(house.value("/cpu/up"), Value(true));
    EXPECT_EQ(house.value("/cpu/name"), Value(std::string("a \"b\"")));
    EXPECT_EQ(house.field("/cpu/idle")->time_ms, 1'764'000'000'000);
    EXPECT_EQ(house.field("/cpu/idle")->source, "cpu=cpu0");
    EXPECT_EQ(house.hear("t", "cpu idle=1\nbroken line here\ncpu idle=2").fields.size(), 2U)
        << "the good lines stay";
    EXPECT_EQ(house.hear("t", "the pump is hot").decoder, "text");
}

TEST(Cbor, ReadsIntegerKeysHalfFloatsAndIndefiniteLengths)
{
    House house;
    //  {_ 1: 1.5 (half), "t": [_ -1, true, null, h'00'], -2: 2^63, "f": 12.1f}
    const std::string bytes(
        "\xbf\x01\xf9\x3e\x00\x61t\x9f\x20\xf5\xf6\x41\x00\xff\x21\x1b\x80\x00\x00\x00\x00\x00\x00\x00\x61"
        "f\xfa\x41\x41\x99\x9a\xff",
        32);
    EXPECT_EQ(house.hear("c", bytes).decoder, "cbor") << house.hear("c", bytes).why;
    EXPECT_EQ(house.value("/1"), Value(1.5));
    EXPECT_EQ(house.value("/t/0"), Value(std::int64_t{-1}));
    EXPECT_EQ(house.value("/t/1"), Value(true));
    EXPECT_EQ(house.value("/-2"), Value(9223372036854775808.0));
    EXPECT_EQ(house.value("/f"), Value(12.1)) << "not 12.100000381469727";
    EXPECT_EQ(house.field("/t/2"), nullptr);
    for (std::size_t length = 1; length < bytes.size(); ++length)
        EXPECT_TRUE(house.hear("c", std::string_view(bytes).substr(0, length)).rejected) << length;
}

TEST(Binary, RefusesCountsThatLie)
{
    House house;
    EXPECT_TRUE(house.hear("c", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff").rejected);
    EXPECT_TRUE(house.hear("c", "\xdd\xff\xff\xff\xff").rejected);
    EXPECT_TRUE(house.hear("c", std::string(100'000, '\x81')).rejected);
}

}  // namespace
}  // namespace tidegate::gateway
