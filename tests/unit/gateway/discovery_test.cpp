// Home Assistant's discovery, and the descriptions of Zigbee2MQTT, Homie, Wiren Board and value-and-unit
// trees.
#include "decode_house.hpp"
#include "gateway/decode/families/value_template.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Value;

struct TemplateCase {
    const char* text;
    const char* pointer;
    double factor = 1, offset = 0;
    bool exact = true;
};

class Template : public testing::TestWithParam<TemplateCase> {};

TEST_P(Template, IsReadAsAPointerAndAScale)
{
    const auto& expected = GetParam();
    const auto read = read_template(expected.text);
    ASSERT_TRUE(read) << expected.text;
    EXPECT_EQ(read->pointer, expected.pointer);
    EXPECT_DOUBLE_EQ(read->scaling.factor, expected.factor);
    EXPECT_DOUBLE_EQ(read->scaling.offset, expected.offset);
    EXPECT_EQ(read->exact, expected.exact);
}

INSTANTIATE_TEST_SUITE_P(
    Common,
    Template,
    testing::Values(TemplateCase{"{{ value_json.temperature }}", "/temperature"},
                    TemplateCase{"{{value_json['ENERGY']['Total']}}", "/ENERGY/Total"},
                    TemplateCase{"{{ value_json.a[0].b | float(0) | round(1) }}", "/a/0/b"},
                    TemplateCase{"{{ value }}", ""},
                    TemplateCase{"{{ value_json.p | float / 1000 }}", "/p", 0.001},
                    TemplateCase{"{{ (value_json.t | int - 32) / 1.8 }}", "/t", 1 / 1.8, -32 / 1.8},
                    TemplateCase{"{{ float(value_json.x) * 10 + 5 }}", "/x", 10, 5},
                    TemplateCase{"{{ value_json.get('power') }}", "/power"},
                    TemplateCase{"{{ value_json.w if value_json.w is defined else 0 }}", "/w"},
                    TemplateCase{"{% if value_json.t is defined %}{{ value_json.t }}{% endif %}", "/t"},
                    TemplateCase{"{{ 'ON' if value_json.s == 1 else 'OFF' }}", "/s", 1, 0, false},
                    TemplateCase{"{{ value_json.state | upper }}", "/state", 1, 0, false}));

TEST(Template, OfManyBracketsIsRefusedInTime)
{
    EXPECT_FALSE(read_template("{{ " + std::string(1000, '(') + "value" + std::string(1000, ')') + " }}"));
    EXPECT_FALSE(read_template(std::string(100'000, '{')));
    EXPECT_FALSE(read_template("{{ 1 + 2 }}"));
}

TEST(HomeAssistant, BindsAnEntityToItsStateTopic)
{
    House house;
    house.hear(
        "homeassistant/sensor/node/t/config",
        R"({"~":"weather/out","name":"Air","stat_t":"~/state","unit_of_meas":"°F","dev_cla":"temperature",)"
        R"("val_tpl":"{{ value_json.temp }}","avty":[{"t":"~/status"}],"exp_aft":600,)"
        R"("dev":{"ids":["x1"],"name":"Garden"}})",
        true);
    EXPECT_EQ(house.field("/name")->kind, Kind::metadata);
    house.hear("weather/out/state", R"({"temp":70.5,"battery":98})");
    const auto series = house.series("/temp");
    EXPECT_EQ(series.name, "Air");
    EXPECT_EQ(series.unit, "°F");
    EXPECT_EQ(series.device, "Garden");
    EXPECT_EQ(series.device_class, "temperature");
    EXPECT_EQ(series.availability, "weather/out/status");
    EXPECT_EQ(series.expires_s, 600U);
    EXPECT_EQ(house.unit("/battery"), "") << "nobody spoke of it";
}

TEST(HomeAssistant, GivesAValueThatATemplateScalesTheUnitThatItHasBefore)
{
    House house;
    house.hear(
        "homeassistant/sensor/p/config",
        R"({"state_topic":"meter","name":"P","unit_of_measurement":"kW","value_template":"{{ (value_json.p | float / 1000) | round(2) }}"})");
    house.hear("meter", R"({"p":1500})");
    EXPECT_EQ(house.series("/p").name, "P");
    EXPECT_EQ(house.unit("/p"), "W") << "1500 are watts";
    house.hear("homeassistant/sensor/t/config",
               R"({"state_topic":"t","unit_of_meas":"°F","val_tpl":"{{ value | float * 1.8 + 32 }}"})");
    house.hear("t", "20");
    EXPECT_EQ(house.unit(""), "°C");
    house.hear("homeassistant/sensor/g/config",
               R"({"state_topic":"g","unit_of_meas":"°C","val_tpl":"{{ value | float / 10 }}"})");
    house.hear("g", "215");
    EXPECT_EQ(house.unit(""), "") << "tenths of a degree have no unit that people write";
}

TEST(HomeAssistant, KnowsTheUnitsOfAClimate)
{
    House house;
    house.hear("homeassistant/climate/h/config",
               R"({"name":"Heat","curr_temp_t":"h/cur","temp_stat_t":"h/set","temp_unit":"C"})");
    house.hear("h/cur", "20.5");
    EXPECT_EQ(house.unit(""), "°C");
    house.hear("h/set", "21");
    EXPECT_EQ(house.unit(""), "°C");
}

TEST(HomeAssistant, GivesAllThatALightSaysInJsonToTheLight)
{
    House house;
    house.hear(
        "homeassistant/light/l/config",
        R"({"name":"L","schema":"json","stat_t":"l/state","brightness":true,"dev":{"ids":["l"],"name":"Lamp"}})");
    house.hear("l/state", R"({"state":"ON","brightness":120})");
    EXPECT_EQ(house.series("/brightness").device, "Lamp");
    EXPECT_EQ(house.series("/state").name, "L");
}

TEST(HomeAssistant, TakesNoOtherProgramsConfigurationForDiscovery)
{
    House house;
    const auto decoded = house.hear("plant/sensor/line1/config", R"({"interval":5,"threshold":10.5})");
    EXPECT_EQ(decoded.decoder, "json");
    EXPECT_EQ(house.field("/threshold")->kind, Kind::reading);
}

TEST(HomeAssistant, GivesNoUnitToAValueThatATemplateChangesBeyondKnowing)
{
    House house;
    house.hear(
        "homeassistant/sensor/p/config",
        R"({"state_topic":"m","name":"N","unit_of_measurement":"K","value_template":"{{ value_json.p | log }}"})");
    house.hear("m", R"({"p":1500})");
    EXPECT_EQ(house.series("/p").name, "N");
    EXPECT_EQ(house.unit("/p"), "");
}

TEST(HomeAssistant, BindsTheComponentsOfADevice)
{
    House house;
    house.hear(
        "homeassistant/device/bedroom/config",
        R"({"dev":{"ids":"b1","name":"Bedroom"},"o":{"name":"x"},"state_topic":"bed/state","cmps":{)"
        R"("t":{"p":"sensor","name":"T","unit_of_measurement":"°C","value_template":"{{ value_json.t }}"},)"
        R"("h":{"p":"sensor","name":"H","unit_of_measurement":"%","value_template":"{{ value_json.h }}"}}})");
    house.hear("bed/state", R"({"t":20,"h":50})");
    EXPECT_EQ(house.unit("/t"), "°C");
    EXPECT_EQ(house.unit("/h"), "%");
    EXPECT_EQ(house.series("/h").device, "Bedroom");
}

TEST(HomeAssistant, ForgetsWhatAnEmptyPayloadTakesBack)
{
    House house;
    const std::string config = R"({"state_topic":"a/b","unit_of_measurement":"W","name":"P"})";
    house.hear("homeassistant/sensor/p/config", config, true);
    EXPECT_EQ(house.decoder.state().knowledge.size(), 1U);
    EXPECT_EQ(house.hear("homeassistant/sensor/p/config", "").rejected, Reject::empty);
    EXPECT_EQ(house.decoder.state().knowledge.size(), 0U);
    house.hear("a/b", "12");
    EXPECT_EQ(house.unit(""), "");
}

TEST(HomeAssistant, SaysWhenThereIsNoRoomForMore)
{
    DecodeLimits limits;
    limits.metadata = 2;
    Decoder decoder(limits);
    for (int i = 0; i < 3; ++i) {
        const auto decoded = decoder.decode({fmt::format("homeassistant/sensor/{}/config", i),
                                             fmt::format(R"({{"state_topic":"a/{}","name":"n"}})", i)});
        EXPECT_EQ(decoded.rejected.has_value(), i == 2);
        EXPECT_EQ(decoded.rejected.value_or(Reject::series_limit), Reject::series_limit);
    }
    EXPECT_EQ(decoder.state().knowledge.size(), 2U);
}

TEST(Zigbee2Mqtt, LearnsUnitsFromWhatDevicesExpose)
{
    House house;
    house.hear("zigbee2mqtt/plug", R"({"voltage":230,"power":5})");
    EXPECT_EQ(house.unit("/voltage"), "mV") << "as batteries have it";
    house.hear(
        "zigbee2mqtt/bridge/devices",
        R"([{"friendly_name":"Coordinator","definition":null},{"friendly_name":"plug","definition":{"exposes":[)"
        R"({"type":"numeric","property":"voltage","unit":"V","label":"Mains"},)"
        R"({"type":"composite","property":"color","features":[{"property":"x","label":"X"}]}]}}])");
    house.hear("zigbee2mqtt/plug",
               R"({"voltage":230,"power":5,"color":{"x":0.3},"action":"single","last_seen":1})");
    EXPECT_EQ(house.unit("/voltage"), "V");
    EXPECT_EQ(house.series("/voltage").name, "Mains");
    EXPECT_EQ(house.series("/color/x").name, "X");
    EXPECT_EQ(house.field("/action")->kind, Kind::event);
    EXPECT_EQ(house.field("/last_seen"), nullptr);
}

TEST(Homie, ReadsAValueAsItsDescriptionDeclaresIt)
{
    House house;
    house.hear(
        "homie/5/car/$description",
        R"({"homie":"5.0","name":"Car","nodes":{"engine":{"properties":{)"
        R"("temperature":{"name":"Oil","datatype":"float","unit":"°F"},"serial":{"datatype":"string"}}}}})");
    house.hear("homie/5/car/engine/temperature", "212");
    EXPECT_EQ(house.series("").unit, "°F");
    EXPECT_EQ(house.series("").name, "Oil");
    EXPECT_EQ(house.series("").device, "Car");
    EXPECT_EQ(house.series("").availability, "homie/5/car/$state");
    house.hear("homie/5/car/engine/serial", "12345678");
    EXPECT_EQ(house.value(""), Value(std::string("12345678")));
    EXPECT_EQ(house.hear("homie/5/car/$state", "lost").fields.at(0).kind, Kind::availability);
    EXPECT_EQ(house.hear("homie/5/car/engine/temperature/set", "3").fields.at(0).kind, Kind::metadata);
}

TEST(Homie, LearnsTheAttributesOfVersionFour)
{
    House house;
    house.hear("homie/car/engine/speed/$unit", "km/h");
    house.hear("homie/car/engine/speed/$name", "Speed");
    house.hear("homie/car/engine/speed/$datatype", "integer");
    house.hear("homie/car/engine/speed", "90");
    EXPECT_EQ(house.value(""), Value(std::int64_t{90}));
    EXPECT_EQ(house.series("").unit, "km/h");
    EXPECT_EQ(house.series("").name, "Speed");
    house.hear("homie/car/$stats/signal", "24");
    EXPECT_EQ(house.unit(""), "%");
}

TEST(WirenBoard, LearnsUnitAndNameFromMeta)
{
    House house;
    house.hear("/devices/wb/controls/t/meta/type", "temperature");
    house.hear("/devices/wb/controls/u/meta",
               R"({"type":"value","units":"mA","title":{"en":"Loop","ru":"x"}})");
    house.hear("/devices/wb/controls/t", "21.5");
    EXPECT_EQ(house.unit(""), "°C");
    house.hear("/devices/wb/controls/u", "4.2");
    EXPECT_EQ(house.unit(""), "mA");
    EXPECT_EQ(house.series("").name, "Loop");
    EXPECT_EQ(house.series("").device, "wb");
}

TEST(ValueAndUnit, MeetOnSiblingTopics)
{
    House house;
    house.hear("inverter/status/battery/unit", "Ah");
    house.hear("inverter/status/battery/value", "55");
    EXPECT_EQ(house.unit(""), "Ah");
    EXPECT_EQ(house.series("").name, "status battery");
    house.hear("inverter/status/serial/value", "0098");
    EXPECT_EQ(house.value(""), Value(std::string("0098")));
}

}  // namespace
}  // namespace tidegate::gateway
