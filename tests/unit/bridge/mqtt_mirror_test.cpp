#include "bridge/mqtt_mirror.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tidegate::bridge {
namespace {

TEST(MqttMirror, PutsTheFieldBehindTheTopic)
{
    EXPECT_EQ(mirror_topic("plant/boiler", ""), "plant/boiler");
    EXPECT_EQ(mirror_topic("tele/kitchen/SENSOR", "/AM2301/Temperature"),
              "tele/kitchen/SENSOR/AM2301/Temperature");
}

TEST(MqttMirror, MakesATopicOfEveryName)
{
    EXPECT_EQ(mirror_topic("a+b/#", "/c#d"), "a_b/_/c_d");
    EXPECT_EQ(mirror_topic("a", "/one~1two~0three"), "a/one_two~three");
    EXPECT_EQ(mirror_topic("a", "/b~"), "a/b~");
    EXPECT_EQ(mirror_topic(std::string_view("a\0b", 3), ""), "a_b");
}

TEST(MqttMirror, SaysAValueAsItIs)
{
    EXPECT_EQ(mirror_payload(21.5), "21.5");
    EXPECT_EQ(mirror_payload(std::int64_t{9'007'199'254'740'993}), "9007199254740993");
    EXPECT_EQ(mirror_payload(true), "true");
    EXPECT_EQ(mirror_payload(std::string("open \"wide\"")), "open \"wide\"");
    EXPECT_EQ(mirror_payload(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(mirror_payload(-std::numeric_limits<double>::infinity()), "-Infinity");
}

}  // namespace
}  // namespace tidegate::bridge
