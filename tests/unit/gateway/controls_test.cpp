// What devices say that they can be told: discovery's command topics, Zigbee2MQTT's exposes, Homie's settable
// properties.
#include "decode_house.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct ControlsTest : testing::Test {
    void discover(std::string_view component, std::string_view config)
    {
        house.hear(fmt::format("homeassistant/{}/x/config", component), config, true);
    }
    std::vector<Control> all() const { return house.decoder.state().controls.list(); }
    Control only() const
    {
        auto controls = all();
        EXPECT_EQ(controls.size(), 1U);
        return controls.empty() ? Control{} : controls.front();
    }

    House house;
};

TEST_F(ControlsTest, AreASwitchsWordsOnItsCommandTopic)
{
    discover(
        "switch",
        R"({"~":"node/relay","name":"Pump","stat_t":"~/state","cmd_t":"~/command","dev":{"ids":"n","name":"Node"}})");
    const auto control = only();
    EXPECT_EQ(control.kind, ControlKind::toggle);
    EXPECT_EQ(control.command, "node/relay/command");
    EXPECT_EQ(control.topic, "node/relay/state");
    EXPECT_EQ(control.name, "Pump");
    EXPECT_EQ(control.device, "Node");
    EXPECT_EQ(control.shape, "%v");
    EXPECT_THAT(control.values, ElementsAre("ON", "OFF"));
}

TEST_F(ControlsTest, AreInTheWordsThatDiscoveryGives)
{
    discover("switch",
             R"({"cmd_t":"c","pl_on":"1","pl_off":"0","stat_t":"s","val_tpl":"{{ value_json.relay }}"})");
    EXPECT_THAT(only().values, ElementsAre("1", "0"));
    EXPECT_EQ(only().pointer, "/relay");
}

TEST_F(ControlsTest, OfANumberHaveItsBounds)
{
    discover(
        "number",
        R"({"command_topic":"c","state_topic":"s","min":5,"max":30,"step":0.5,"unit_of_measurement":"°C"})");
    const auto control = only();
    EXPECT_EQ(control.kind, ControlKind::number);
    EXPECT_EQ(control.least, 5);
    EXPECT_EQ(control.most, 30);
    EXPECT_EQ(control.step, 0.5);
    EXPECT_EQ(control.unit, "°C");
    discover("number", R"({"command_topic":"c"})");
    EXPECT_EQ(only().least, 1) << "as Home Assistant has it where nothing is said";
    EXPECT_EQ(only().most, 100);
}

TEST_F(ControlsTest, OfASelectHaveItsOptions)
{
    discover(
        "select",
        R"({"command_topic":"c","options":["eco","comfort"],"command_template":"{\"mode\":\"{{ value }}\"}"})");
    EXPECT_EQ(only().kind, ControlKind::select);
    EXPECT_THAT(only().values, ElementsAre("eco", "comfort"));
    EXPECT_EQ(only().shape, R"({"mode":"%v"})");
}

TEST_F(ControlsTest, AreLeftOutWhereATemplateDoesMoreThanIsKnown)
{
    for (const auto* shape :
         {"{{ value | int }}", "{% if value == 'a' %}b{% endif %}", "{{ value }}{{ value }}", "b"})
        discover("number", fmt::format(R"({{"command_topic":"c","command_template":"{}"}})", shape));
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(ControlsTest, OfALightSwitchAndDimIt)
{
    discover("light",
             R"({"cmd_t":"l/set","stat_t":"l","bri_cmd_t":"l/bri/set","bri_stat_t":"l/bri","bri_scl":100})");
    auto controls = all();
    ASSERT_EQ(controls.size(), 2U);
    EXPECT_EQ(controls[0].command, "l/bri/set");
    EXPECT_EQ(controls[0].most, 100);
    EXPECT_EQ(controls[1].kind, ControlKind::toggle);
    discover("light", R"({"schema":"json","cmd_t":"l/set","stat_t":"l","brightness":true})");
    controls = all();
    ASSERT_EQ(controls.size(), 2U);
    EXPECT_EQ(controls[0].shape, R"({"state":"%v"})");
    EXPECT_EQ(controls[0].pointer, "/state");
    EXPECT_EQ(controls[1].shape, R"({"state":"ON","brightness":%v})");
    EXPECT_EQ(controls[1].most, 255);
}

TEST_F(ControlsTest, OfCoversButtonsAndHeatersAreTheirOwn)
{
    discover("cover", R"({"cmd_t":"c/set","set_pos_t":"c/pos/set","pos_t":"c/pos"})");
    ASSERT_EQ(all().size(), 2U);
    EXPECT_THAT(all()[1].values, ElementsAre("OPEN", "CLOSE", "STOP"));
    house.hear("homeassistant/cover/x/config", "", true);
    discover("button", R"({"cmd_t":"b","name":"Restart"})");
    EXPECT_EQ(only().kind, ControlKind::button);
    EXPECT_THAT(only().values, ElementsAre("PRESS"));
    house.hear("homeassistant/button/x/config", "", true);
    discover(
        "climate",
        R"({"temp_cmd_t":"t/set","temp_stat_t":"t","min_temp":10,"max_temp":28,"mode_cmd_t":"m/set","modes":["off","heat"]})");
    ASSERT_EQ(all().size(), 2U);
    EXPECT_EQ(all()[0].most, 28);
    EXPECT_THAT(all()[1].values, ElementsAre("off", "heat"));
}

TEST_F(ControlsTest, AreNoneOfASensorNorOfWhatTakesNoCommand)
{
    discover("sensor", R"({"stat_t":"s","cmd_t":"c"})");
    discover("switch", R"({"stat_t":"s"})");
    discover("update", R"({"cmd_t":"c"})");
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(ControlsTest, AreTakenBackWithTheDiscoveryThatToldThem)
{
    discover("switch", R"({"cmd_t":"c"})");
    discover("switch", R"({"cmd_t":"d"})");
    EXPECT_EQ(only().command, "d");
    discover("switch", "");
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(ControlsTest, OfADevicesPartsAreThatOfEach)
{
    house.hear(
        "homeassistant/device/x/config",
        R"({"dev":{"ids":"b"},"cmps":{"a":{"p":"switch","cmd_t":"a/set"},"b":{"p":"sensor","stat_t":"b"}}})");
    EXPECT_EQ(only().command, "a/set");
}

TEST_F(ControlsTest, AreWhatZigbee2mqttExposesAsSettable)
{
    house.hear("zigbee2mqtt/bridge/devices", R"([{"friendly_name":"lamp","definition":{"exposes":[
        {"type":"light","features":[
            {"type":"binary","property":"state","label":"State","access":7,"value_on":"ON","value_off":"OFF","value_toggle":"TOGGLE"},
            {"type":"numeric","property":"brightness","access":7,"value_min":0,"value_max":254},
            {"type":"composite","property":"color","access":7,"features":[{"type":"numeric","property":"x","access":7}]}]},
        {"type":"binary","property":"child_lock","access":7,"value_on":true,"value_off":false},
        {"type":"enum","property":"effect","access":2,"values":["blink","breathe"]},
        {"type":"numeric","property":"linkquality","access":1,"unit":"lqi"}]}}])");
    const auto controls = all();
    ASSERT_EQ(controls.size(), 4U);
    EXPECT_EQ(controls[0].command, "zigbee2mqtt/lamp/set");
    EXPECT_EQ(controls[0].topic, "zigbee2mqtt/lamp");
    EXPECT_EQ(controls[0].pointer, "/state");
    EXPECT_EQ(controls[0].shape, R"({"state":"%v"})");
    EXPECT_THAT(controls[0].values, ElementsAre("ON", "OFF", "TOGGLE"));
    EXPECT_EQ(controls[1].shape, R"({"brightness":%v})");
    EXPECT_EQ(controls[1].most, 254);
    EXPECT_EQ(controls[2].shape, R"({"child_lock":%v})");
    EXPECT_THAT(controls[2].values, ElementsAre("true", "false"));
    EXPECT_EQ(controls[3].kind, ControlKind::select);
}

TEST_F(ControlsTest, AreHomiesSettablePropertiesWithTheirFormat)
{
    house.hear("homie/5/dev/$description", R"({"homie":"5.0","name":"Heater","nodes":{"h":{"properties":{
        "on":{"name":"On","datatype":"boolean","settable":true},
        "power":{"datatype":"integer","format":"0:100:5","unit":"%","settable":true},
        "mode":{"datatype":"enum","format":"eco, boost","settable":true},
        "temperature":{"datatype":"float"}}}}})");
    const auto controls = all();
    ASSERT_EQ(controls.size(), 3U);
    EXPECT_THAT(controls[0].values, ElementsAre("eco", "boost"));
    EXPECT_EQ(controls[1].command, "homie/5/dev/h/on/set");
    EXPECT_THAT(controls[1].values, ElementsAre("true", "false"));
    EXPECT_EQ(controls[2].most, 100);
    EXPECT_EQ(controls[2].step, 5);
    EXPECT_EQ(controls[2].device, "Heater");
}

TEST_F(ControlsTest, OfAnEarlierHomieComePieceByPieceInAnyOrder)
{
    const std::string base = "homie/dev/h/power/";
    house.hear(base + "$format", "10:50");
    house.hear(base + "$settable", "true");
    house.hear(base + "$datatype", "integer");
    house.hear(base + "$name", "Power");
    EXPECT_EQ(only().command, "homie/dev/h/power/set");
    EXPECT_EQ(only().kind, ControlKind::number);
    EXPECT_EQ(only().least, 10);
    EXPECT_EQ(only().most, 50);
    EXPECT_EQ(only().name, "Power");
    house.hear(base + "$settable", "false");
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(ControlsTest, AreBoundedWhateverIsDiscovered)
{
    discover("switch", fmt::format(R"({{"cmd_t":"{}"}})", std::string(5000, 'x')));
    EXPECT_THAT(all(), IsEmpty());
    for (std::size_t i = 0; i < Controls::most + 100; ++i)
        house.hear(fmt::format("homeassistant/switch/s{}/config", i), R"({"cmd_t":"c"})");
    EXPECT_EQ(all().size(), Controls::most);
}

}  // namespace
}  // namespace tidegate::gateway
