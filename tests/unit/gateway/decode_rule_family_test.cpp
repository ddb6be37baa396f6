// A rule that names a family: its topics are read, named and described as the family's own.
#include "decode_house.hpp"

#include <utility>

namespace tidegate::gateway {
namespace {

using store::Value;

TEST(FamilyByRule, IsUnderstoodUnderAnotherBaseTopic)
{
    House house;
    ASSERT_TRUE(house.decoder.read_as("home/zigbee/#", "zigbee2mqtt"));
    house.hear("home/zigbee/garage/door", R"({"voltage":3000,"action":"single","last_seen":1})");
    EXPECT_EQ(house.field("/last_seen"), nullptr);
    EXPECT_EQ(house.field("/action")->kind, Kind::event);
    const auto series = house.series("/voltage");
    EXPECT_EQ(series.device, "garage/door");
    EXPECT_EQ(series.unit, "mV");
    EXPECT_EQ(series.availability, "home/zigbee/garage/door/availability");
    house.hear("home/zigbee/bridge/devices",
               R"([{"friendly_name":"plug","definition":{"exposes":[{"type":"numeric","property":"voltage",)"
               R"("unit":"V","label":"Mains"}]}}])");
    EXPECT_EQ(house.field("/0/friendly_name")->kind, Kind::metadata);
    house.hear("home/zigbee/plug", R"({"voltage":230})");
    EXPECT_EQ(house.unit("/voltage"), "V");
    EXPECT_EQ(house.series("/voltage").device, "plug");
}

TEST(FamilyByRule, IsUnderstoodUnderABaseOfOneLevel)
{
    House house;
    ASSERT_TRUE(house.decoder.read_as("z2m/+", "zigbee2mqtt"));
    house.hear("z2m/lamp", R"({"linkquality":5,"voltage":3000})");
    EXPECT_EQ(house.series("/voltage").device, "lamp");
    EXPECT_EQ(house.series("/voltage").availability, "z2m/lamp/availability");
}

TEST(FamilyByRule, IsUnderstoodBehindAPrefix)
{
    House house;
    ASSERT_TRUE(house.decoder.read_as("copy/#", "victron"));
    EXPECT_EQ(house.hear("copy/N/c0619ab12345/battery/288/Soc", R"({"value":98.5,"max":100})").decoder,
              "victron");
    EXPECT_EQ(house.value("/value"), Value(98.5));
    EXPECT_EQ(house.field("/max"), nullptr);
    EXPECT_EQ(house.unit("/value"), "%");
    EXPECT_EQ(house.series("/value").device, "battery/288");
    ASSERT_TRUE(house.decoder.read_as("site/shellies/#", "shelly-gen1"));
    house.hear("site/shellies/plug-1/relay/0/energy", "60");
    EXPECT_EQ(house.series("").device, "plug-1");
    EXPECT_EQ(house.unit(""), "W·min");
    EXPECT_EQ(house.series("").availability, "site/shellies/plug-1/online");
}

TEST(FamilyByRule, LosesNoReadingWhereItCannotTellWhatALevelMeans)
{
    for (const auto* family :
         {"victron", "chirpstack", "ttn", "sparkplug-b", "tasmota", "shelly-gen1", "shelly-gen2", "esphome",
          "homie", "rtl_433", "openmqttgateway", "owntracks", "wirenboard", "zwave-js-ui", "evcc",
          "value-unit", "zigbee2mqtt", "ha-discovery", "$SYS"}) {
        House house;
        ASSERT_TRUE(house.decoder.read_as("odd/thing", family)) << family;
        const auto decoded = house.hear("odd/thing", R"({"Temperature":21.5})");
        EXPECT_EQ(decoded.chosen, Chosen::rule) << family;
        if (std::string_view(family) == "sparkplug-b") continue;  // JSON is no payload of it
        ASSERT_EQ(decoded.fields.size(), 1U) << family << ": " << decoded.why;
        EXPECT_EQ(decoded.fields[0].kind, Kind::reading) << family;
        EXPECT_FALSE(house.series("/Temperature").device.empty()) << family;
    }
}

TEST(FamilyByRule, GivesItsUnitsToTopicsThatAreNotItsOwn)
{
    House house;
    ASSERT_TRUE(house.decoder.read_as("odd/dev", "tasmota"));
    house.hear("odd/dev", R"({"Time":"2026-11-28T17:00:00","AM2301":{"Temperature":21.4}})");
    EXPECT_EQ(house.unit("/AM2301/Temperature"), "°C");
    ASSERT_TRUE(house.decoder.read_as("cellar/#", "shelly-gen2"));
    house.hear("cellar/x", R"({"switch:0":{"apower":5}})");
    EXPECT_EQ(house.unit("/switch:0/apower"), "W");
}

TEST(ClassOfASeries, IsKnownWhereTheUnitCanMeanOneThing)
{
    House house;
    const auto class_of = [&](std::string_view topic, std::string_view payload, std::string_view pointer) {
        house.hear(topic, payload);
        return house.series(pointer).device_class;
    };
    EXPECT_EQ(class_of("tele/x/SENSOR", R"({"AM2301":{"Temperature":20,"Humidity":5},"TempUnit":"F"})",
                       "/AM2301/Temperature"),
              "temperature");
    EXPECT_EQ(class_of("tele/x/SENSOR", R"({"AM2301":{"Humidity":5}})", "/AM2301/Humidity"), "humidity");
    EXPECT_EQ(class_of("tele/x/SENSOR", R"({"ENERGY":{"Power":5}})", "/ENERGY/Power"), "power");
    EXPECT_EQ(class_of("zigbee2mqtt/a", R"({"battery":20})", "/battery"), "battery");
    EXPECT_EQ(class_of("zigbee2mqtt/a", R"({"voltage":3000})", "/voltage"), "voltage");
    EXPECT_EQ(class_of("zigbee2mqtt/a", R"({"position":20})", "/position"), "")
        << "a percentage of something";
    EXPECT_EQ(class_of("shellies/s/sensor/temperature", "20", ""), "temperature");
    EXPECT_EQ(class_of("shellies/s/relay/0/energy", "20", ""), "energy");
    EXPECT_EQ(class_of("shellies/s/sensor/humidity", "20", ""), "humidity");
}

}  // namespace
}  // namespace tidegate::gateway
