#include "bridge/mqtt_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

TEST(MqttUrl, KnowsTheUsualPorts)
{
    const auto plain = parse_mqtt_url("mqtt://broker").value();
    EXPECT_EQ(plain.paho(), "tcp://broker:1883");
    EXPECT_EQ(plain.text(), "mqtt://broker");
    const auto encrypted = parse_mqtt_url("mqtts://eu1.example.net/").value();
    EXPECT_EQ(encrypted.paho(), "ssl://eu1.example.net:8883");
    EXPECT_EQ(encrypted.text(), "mqtts://eu1.example.net");
}

TEST(MqttUrl, TakesAPort)
{
    const auto url = parse_mqtt_url("mqtt://10.0.0.1:11883").value();
    EXPECT_EQ(url.paho(), "tcp://10.0.0.1:11883");
    EXPECT_EQ(url.text(), "mqtt://10.0.0.1:11883");
}

TEST(MqttUrl, TakesAnIpv6Address)
{
    const auto url = parse_mqtt_url("mqtt://[fe80::1]:2000").value();
    EXPECT_EQ(url.host, "fe80::1");
    EXPECT_EQ(url.paho(), "tcp://[fe80::1]:2000");
    EXPECT_EQ(parse_mqtt_url("mqtt://[::1]").value().text(), "mqtt://[::1]");
}

TEST(MqttUrl, RefusesWhatIsNoBrokerUrl)
{
    for (const auto* wrong :
         {"", "localhost", "tcp://localhost", "http://localhost", "mqtt://", "mqtt://:1883",
          "mqtt://host:", "mqtt://host:0", "mqtt://host:65536", "mqtt://host:12x", "mqtt://host/path",
          "mqtt://host?x=1", "mqtt://[::1", "mqtt://[::1]1883", "mqtt://ho st"}) {
        const auto url = parse_mqtt_url(wrong);
        ASSERT_FALSE(url) << wrong;
        EXPECT_EQ(url.error().kind, ErrorKind::invalid);
    }
}

TEST(MqttUrl, DoesNotRepeatAPasswordInItsComplaint)
{
    const auto url = parse_mqtt_url("mqtt://me:secret@host");
    ASSERT_FALSE(url);
    EXPECT_THAT(url.error().what, testing::Not(testing::HasSubstr("secret")));
    EXPECT_THAT(url.error().what, testing::HasSubstr("host"));
}

}  // namespace
}  // namespace tidegate::bridge
