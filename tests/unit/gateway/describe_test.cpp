#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

struct Case {
    const char *topic, *field, *device, *name, *unit;
};

class Describe : public testing::TestWithParam<Case> {};

TEST_P(Describe, NamesDeviceQuantityAndUnit)
{
    const auto& expected = GetParam();
    const auto series = Decoder().describe(expected.topic, expected.field);
    EXPECT_EQ(series.device, expected.device);
    EXPECT_EQ(series.name, expected.name);
    EXPECT_EQ(series.unit, expected.unit);
}

INSTANTIATE_TEST_SUITE_P(
    Families,
    Describe,
    testing::Values(Case{"tele/kitchen/SENSOR", "/AM2301/Temperature", "kitchen", "AM2301 Temperature", "°C"},
                    Case{"stat/kitchen/POWER", "", "kitchen", "POWER", ""},
                    Case{"tele/plug/SENSOR", "/ENERGY/Power", "plug", "ENERGY Power", "W"},
                    Case{"shellies/shelly1pm-A1/relay/0/power", "", "shelly1pm-A1", "relay 0 power", "W"},
                    Case{"shellies/shelly1pm-A1/temperature_f", "", "shelly1pm-A1", "temperature_f", "°F"},
                    Case{"shellyplus1-b8/events/rpc", "/params/switch:0/apower", "shellyplus1-b8",
                         "switch:0 apower", "W"},
                    Case{"zigbee2mqtt/garage/door", "/voltage", "garage/door", "voltage", "mV"},
                    Case{"zigbee2mqtt/bulb/availability", "/state", "bulb", "availability", ""},
                    Case{"weather/sensor/outdoor_temperature/state", "", "weather", "outdoor_temperature",
                         "°C"},
                    Case{"plant/cold/b/temperature", "", "plant/cold/b", "temperature", "°C"},
                    Case{"plant/cold/b/state", "/pressure", "plant/cold/b/state", "pressure",
                         ""},  // bar? hPa? better none
                    Case{"rtl_433/P25/C1/temperature_F", "", "P25/C1", "temperature_F", "°F"},
                    Case{"lonely", "", "lonely", "lonely", ""},
                    Case{"/devices/lamp", "", "/devices", "lamp", ""}));

}  // namespace
}  // namespace tidegate::gateway
