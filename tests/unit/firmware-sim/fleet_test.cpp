#include "firmware-sim/fleet.hpp"

#include "firmware-sim/catalogue.hpp"
#include "firmware-sim/numbered.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace tidegate::sim;
using testing::AllOf;
using testing::EndsWith;
using testing::StartsWith;

namespace {

constexpr std::int64_t noon = 1'764'072'000'000;  // 2025-11-25 12:00 UTC

const Catalogue& catalogue()
{
    static const Catalogue all;
    return all;
}

Fleet fleet_of(std::uint32_t devices, const std::vector<std::string>& shapes, std::uint64_t seed, bool retain)
{
    return Fleet(devices, catalogue().chosen(shapes), seed, retain);
}

std::vector<Message> messages(Fleet& fleet, int count)
{
    std::vector<Message> all;
    for (int i = 0; i < count; ++i) all.push_back(fleet.next(noon + i * 1000));
    return all;
}

// The payloads of one topic, of one board of the family.
std::vector<nlohmann::json> said(const std::string& shape, const std::string& topic, std::uint32_t boards = 1)
{
    auto fleet = fleet_of(boards, {shape}, 1, false);
    std::vector<nlohmann::json> payloads;
    for (const auto& message : messages(fleet, 60 * static_cast<int>(boards)))
        if (message.topic == topic) payloads.push_back(nlohmann::json::parse(message.payload));
    return payloads;
}

std::vector<std::string> texts(const std::vector<Message>& all)
{
    std::vector<std::string> out;
    for (const auto& message : all) out.push_back(message.topic + " " + message.payload);
    return out;
}

}  // namespace

TEST(Fleet, SaysTheSameForTheSameSeed)
{
    auto first = fleet_of(12, {"all"}, 5, false);
    auto second = fleet_of(12, {"all"}, 5, false);
    auto other = fleet_of(12, {"all"}, 6, false);
    const auto reference = texts(messages(first, 300));

    EXPECT_EQ(reference, texts(messages(second, 300)));
    EXPECT_NE(reference, texts(messages(other, 300)));
}

TEST(Fleet, LetsEveryDeviceSpeakInTurn)
{
    auto fleet = fleet_of(12, {"scalar"}, 1, false);
    std::set<std::uint32_t> spoke;
    for (const auto& message : messages(fleet, 12)) spoke.insert(message.device);

    EXPECT_EQ(spoke.size(), 12U);
    EXPECT_EQ(*spoke.begin(), 1U);
}

TEST(Fleet, DealsTheDevicesOutOverAllFamilies)
{
    auto fleet = fleet_of(60, {"common"}, 1, false);
    std::set<std::string> roots;
    for (const auto& message : messages(fleet, 600))
        roots.insert(message.topic.substr(0, message.topic.find_first_of("/-")));

    EXPECT_THAT(roots,
                testing::IsSupersetOf({"plant", "tele", "shellies", "shellyplus1pm", "zigbee2mqtt", "esp"}));
}

TEST(Fleet, RetainsAvailabilityOnlyWhenAskedAndWithdrawsItAtTheEnd)
{
    auto plain = fleet_of(2, {"tasmota"}, 1, false);
    EXPECT_FALSE(plain.next(noon).retained);
    EXPECT_TRUE(plain.farewell().empty());

    auto retaining = fleet_of(2, {"tasmota"}, 1, true);
    const auto first = messages(retaining, 3);
    EXPECT_EQ(first[0].topic, "tele/climate-01/LWT");
    EXPECT_EQ(first[0].payload, "Online");
    EXPECT_TRUE(first[1].retained);
    EXPECT_FALSE(first[2].retained);
    const auto farewell = retaining.farewell();
    ASSERT_EQ(farewell.size(), 2U);
    EXPECT_EQ(farewell[1].payload, "Offline");
    EXPECT_TRUE(farewell[1].retained);
}

TEST(Fleet, PublishesBareNumbersAndBooleansAsScalars)
{
    auto fleet = fleet_of(6, {"scalar"}, 1, false);
    for (const auto& message : messages(fleet, 200)) {
        EXPECT_EQ(std::count(message.topic.begin(), message.topic.end(), '/'), 3) << message.topic;
        EXPECT_THAT(message.topic, StartsWith("plant/"));
        EXPECT_TRUE(nlohmann::json::parse(message.payload).is_primitive()) << message.payload;
    }
}

TEST(Fleet, NestsTasmotaSensorsAndSaysStateNowAndThen)
{
    const auto climate = said("tasmota", "tele/climate-01/SENSOR");
    ASSERT_FALSE(climate.empty());
    EXPECT_TRUE(climate[0].at("AM2301").at("Temperature").is_number_float());
    EXPECT_EQ(climate[0].at("Time").get<std::string>().substr(0, 14), "2025-11-25T12:");

    const auto plug = said("tasmota", "tele/plug-02/SENSOR", 2);
    ASSERT_FALSE(plug.empty());
    EXPECT_GE(plug.back().at("ENERGY").at("Total"), plug.front().at("ENERGY").at("Total"));

    EXPECT_EQ(said("tasmota", "tele/climate-01/STATE").at(0).at("Wifi").at("SSId"), "plant");
}

TEST(Fleet, PublishesShellyOneValuesOnTopicsOfTheirOwn)
{
    auto fleet = fleet_of(1, {"shelly1"}, 1, false);
    std::set<std::string> topics;
    for (const auto& message : messages(fleet, 20)) topics.insert(message.topic);

    EXPECT_THAT(topics,
                testing::ElementsAre("shellies/shelly1pm-A00001/online", "shellies/shelly1pm-A00001/relay/0",
                                     "shellies/shelly1pm-A00001/relay/0/energy",
                                     "shellies/shelly1pm-A00001/relay/0/power",
                                     "shellies/shelly1pm-A00001/temperature"));
}

TEST(Fleet, PublishesShellyTwoNotificationsThatSayOnlyWhatChanged)
{
    const auto notes = said("shelly2", "shellyplus1pm-5432044e0001/events/rpc");
    ASSERT_GE(notes.size(), 6U);
    for (const auto& note : notes) EXPECT_EQ(note.at("method"), "NotifyStatus");
    EXPECT_TRUE(notes[0].at("params").at("switch:0").contains("apower"));
    EXPECT_FALSE(notes[0].at("params").at("switch:0").contains("aenergy"));
    EXPECT_TRUE(notes[2].at("params").at("switch:0").contains("aenergy"));
}

TEST(Fleet, PublishesTheWholeStateOfAZigbeeDevice)
{
    const auto states = said("zigbee2mqtt", "zigbee2mqtt/hall-climate-01");
    ASSERT_FALSE(states.empty());
    for (const auto* key : {"temperature", "humidity", "battery", "linkquality", "voltage"})
        EXPECT_TRUE(states[0].at(key).is_number()) << key;
}

TEST(Fleet, PublishesEspHomeStatesATopicEach)
{
    auto fleet = fleet_of(1, {"esphome"}, 1, false);
    const auto all = messages(fleet, 6);

    EXPECT_EQ(all[0].topic, "esp-air-01/status");
    EXPECT_THAT(all[1].topic, AllOf(StartsWith("esp-air-01/sensor/"), EndsWith("/state")));
    EXPECT_THAT(all[5].payload, testing::AnyOf("ON", "OFF"));
}

TEST(Fleet, SaysBirthsBeforeReadingsAndAgainAfterAReboot)
{
    auto fleet = fleet_of(1, {"homie4"}, 1, true);
    const auto birth = messages(fleet, 7);
    EXPECT_EQ(birth[0].topic, "homie/boiler-01/$state");
    EXPECT_EQ(birth[0].payload, "ready");
    EXPECT_EQ(birth[5].topic, "homie/boiler-01/heat/flow/$unit");
    EXPECT_TRUE(birth[5].retained);
    EXPECT_EQ(fleet.next(noon + 60'000).topic, "homie/boiler-01/heat/flow");

    const auto again = fleet.reboot(1, noon + 120'000);
    ASSERT_EQ(again.size(), 8U);
    EXPECT_EQ(again[0].payload, "lost");
    EXPECT_EQ(again[1].payload, "ready");
}

TEST(Fleet, BeginsVolatileCountersAtNothingAfterAReboot)
{
    auto fleet = fleet_of(1, {"shelly1"}, 1, false);
    const auto energy = [&](std::int64_t time_ms) {
        for (;;) {
            const auto message = fleet.next(time_ms);
            if (message.topic.ends_with("/energy")) return std::stod(message.payload);
        }
    };
    EXPECT_GT(energy(noon), 80'000);
    fleet.reboot(1, noon + 1000);
    EXPECT_LT(energy(noon + 2000), 100);
}

TEST(Numbered, CountsEachDeviceUpFromOne)
{
    Numbered source(2);
    EXPECT_EQ(source.next(0).topic, "numbered/1");
    EXPECT_EQ(source.next(0).payload, "1");
    const auto third = source.next(0);
    EXPECT_EQ(third.topic, "numbered/1");
    EXPECT_EQ(third.payload, "2");
    EXPECT_EQ(third.device, 1U);
    EXPECT_EQ(third.number, 2U);
}
