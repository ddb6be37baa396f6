// What happens at one moment is an event: two presses of a button are no repetition.
#include "decode_house.hpp"

namespace tidegate::gateway {
namespace {

TEST(Events, AreWhatHomeAssistantsDiscoverySaysThatHappens)
{
    House house;
    house.hear("homeassistant/event/e/config",
               R"({"name":"Btn","stat_t":"e/ev","event_types":["press"],"dev":{"ids":["e"],"name":"Bell"}})");
    house.hear("e/ev", R"({"event_type":"press","button":1})");
    EXPECT_EQ(house.field("/event_type")->kind, Kind::event);
    EXPECT_EQ(house.field("/button")->kind, Kind::event);
    EXPECT_EQ(house.series("/event_type").device, "Bell");
    house.hear(
        "homeassistant/device_automation/x/config",
        R"({"automation_type":"trigger","type":"button_short_press","subtype":"1","topic":"da/action",)"
        R"("payload":"press","device":{"ids":["da"],"name":"Remote"}})");
    house.hear("da/action", "press");
    EXPECT_EQ(house.field("")->kind, Kind::event);
    house.hear("homeassistant/event/f/config",
               R"({"stat_t":"f/all","val_tpl":"{{ value_json.action }}","dev":{"ids":["f"]}})");
    house.hear("f/all", R"({"action":"single","battery":90})");
    EXPECT_EQ(house.field("/action")->kind, Kind::event);
    EXPECT_EQ(house.field("/battery")->kind, Kind::reading) << "its template takes the action alone";
}

TEST(Events, ArePropertiesOfHomieThatAreNotRetained)
{
    House house;
    house.hear(
        "homie/5/bell/$description",
        R"({"homie":"5.0","nodes":{"b":{"properties":{"push":{"datatype":"enum","format":"short,long",)"
        R"("retained":false},"level":{"datatype":"integer"}}}}})");
    house.hear("homie/5/bell/b/push", "short");
    EXPECT_EQ(house.field("")->kind, Kind::event);
    house.hear("homie/5/bell/b/level", "5");
    EXPECT_EQ(house.field("")->kind, Kind::reading);
    house.hear("homie/bell/b/push/$retained", "false");
    house.hear("homie/bell/b/push", "short");
    EXPECT_EQ(house.field("")->kind, Kind::event);
}

TEST(Events, AreWhatTasmotaReceivesByRadio)
{
    House house;
    house.hear("tele/rf/RESULT", R"({"RfReceived":{"Sync":14320,"Data":"E5D0C4","RfKey":"None"}})");
    EXPECT_EQ(house.field("/RfReceived/Data")->kind, Kind::event);
    house.hear("tele/zb/SENSOR",
               R"({"ZbReceived":{"0x4774":{"Power":1,"click":"single","BatteryPercentage":98}}})");
    EXPECT_EQ(house.field("/ZbReceived/0x4774/click")->kind, Kind::event);
    EXPECT_EQ(house.field("/ZbReceived/0x4774/Power")->kind, Kind::event) << "asked of others";
    EXPECT_EQ(house.field("/ZbReceived/0x4774/BatteryPercentage")->kind, Kind::reading);
    EXPECT_EQ(house.unit("/ZbReceived/0x4774/Power"), "");
    house.hear("tele/zb/SENSOR", R"({"ZbReceived":{"0x4775":{"Power":1}}})");
    EXPECT_EQ(house.field("/ZbReceived/0x4775/Power")->kind, Kind::reading) << "a lamp's state";
    house.hear("tele/zb/SENSOR", R"({"ZbReceived":{"0x4776":{"0006!02":"","Power":2}}})");
    EXPECT_EQ(house.field("/ZbReceived/0x4776/Power")->kind, Kind::event);
}

TEST(Events, ArePushbuttonsOfWirenBoardAndCommandsOfRtl433)
{
    House house;
    house.hear("/devices/wb/controls/bell/meta/type", "pushbutton");
    house.hear("/devices/wb/controls/bell", "1");
    EXPECT_EQ(house.field("")->kind, Kind::event);
    house.hear("rtl_433/pi/events", R"({"model":"X","id":"a1","cmd":"on","temperature_C":4})");
    EXPECT_EQ(house.field("/cmd")->kind, Kind::event);
    EXPECT_EQ(house.field("/temperature_C")->kind, Kind::reading);
    house.hear("rtl_433/pi/devices/X/a1/button", "1");
    EXPECT_EQ(house.field("")->kind, Kind::event);
}

}  // namespace
}  // namespace tidegate::gateway
