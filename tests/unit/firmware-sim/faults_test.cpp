#include "firmware-sim/faults.hpp"

#include "firmware-sim/catalogue.hpp"
#include "firmware-sim/record.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace tidegate::sim;

namespace {

constexpr std::int64_t noon = 1'764'072'000'000;  // 2025-11-25 12:00 UTC

const Catalogue& catalogue()
{
    static const Catalogue all;
    return all;
}

FaultyFleet fleet_with(std::initializer_list<std::pair<Fault, double>> rates,
                       const std::string& shape = "scalar",
                       std::uint32_t devices = 10)
{
    FaultRates all{};
    for (const auto& [fault, rate] : rates) all.at(static_cast<std::size_t>(fault)) = rate;
    return FaultyFleet(Fleet(devices, catalogue().chosen({shape}), 1, false), all, 1);
}

std::vector<Message> messages(Source& fleet, int count)
{
    std::vector<Message> all;
    for (int i = 0; i < count; ++i) all.push_back(fleet.next(noon + i * 1000));
    return all;
}

}  // namespace

TEST(Faults, AreTheSameForTheSameSeed)
{
    const auto bytes = [](std::uint64_t seed) {
        FaultRates rates;
        rates.fill(0.01);
        FaultyFleet fleet(Fleet(75, catalogue().chosen({"all"}), seed, true), rates, seed);
        std::string all;
        for (int i = 0; i < 5000; ++i) {
            const auto time_ms = noon + i * 100;
            all += as_line({time_ms, fleet.next(time_ms)});
        }
        return all;
    };
    const auto first = bytes(7);
    EXPECT_GT(first.size(), 500'000U);
    EXPECT_TRUE(first == bytes(7));
    EXPECT_FALSE(first == bytes(8));
}

TEST(Faults, SilenceADeviceForItsNextMessagesWhileOthersSpeak)
{
    auto fleet = fleet_with({{Fault::dropout, 0.01}});
    std::map<std::uint32_t, int> spoken;
    for (const auto& message : messages(fleet, 5000)) ++spoken[message.device];
    const auto dropouts = fleet.faults().at("dropout");
    EXPECT_GT(dropouts, 20U);
    ASSERT_EQ(spoken.size(), 10U);
    const auto [least, most] = std::minmax_element(spoken.begin(), spoken.end(),
                                                   [](auto& a, auto& b) { return a.second < b.second; });
    EXPECT_GE(most->second - least->second, FaultyFleet::spell);
}

TEST(Faults, KeepMessagesBackAndSendThemAtOnceInTheirOrder)
{
    auto late = fleet_with({{Fault::late, 0.02}}, "scalar", 5);
    Fleet sound(5, catalogue().chosen({"scalar"}), 1, false);
    std::map<std::uint32_t, std::vector<std::string>> with, without;
    for (const auto& message : messages(late, 2000)) with[message.device].push_back(message.topic);
    for (const auto& message : messages(sound, 4000)) without[message.device].push_back(message.topic);
    EXPECT_GT(late.faults().at("late"), 10U);
    for (const auto& [device, topics] : with)
        EXPECT_TRUE(std::equal(topics.begin(), topics.end(), without[device].begin())) << device;
}

TEST(Faults, RepeatFloodAndBreakAsOftenAsTheySay)
{
    auto fleet = fleet_with({{Fault::duplicate, 0.05}});
    int repeats = 0;
    Message before;
    for (const auto& message : messages(fleet, 4000)) {
        repeats += message.topic == before.topic && message.payload == before.payload ? 1 : 0;
        before = message;
    }
    EXPECT_EQ(static_cast<std::uint64_t>(repeats), fleet.faults().at("duplicate"));

    auto flooding = fleet_with({{Fault::flood, 0.001}});
    std::map<std::uint32_t, int> spoken;
    for (const auto& message : messages(flooding, 4000)) ++spoken[message.device];
    EXPECT_GT(flooding.faults().at("flood"), 0U);
    const auto most =
        std::max_element(spoken.begin(), spoken.end(), [](auto& a, auto& b) { return a.second < b.second; });
    EXPECT_GE(most->second, 400);

    auto breaking = fleet_with({{Fault::bad, 1}});
    for (const auto& message : messages(breaking, 300))
        EXPECT_TRUE(message.payload.empty() || message.payload[0] == '\xff') << message.payload;
    auto breaking_json = fleet_with({{Fault::bad, 1}}, "json");
    for (const auto& message : messages(breaking_json, 300))
        EXPECT_FALSE(nlohmann::json::accept(message.payload) && message.payload[0] == '{') << message.payload;
}

TEST(Faults, GiveSomeDevicesAClockThatIsWrong)
{
    auto fleet = fleet_with({{Fault::clock, 0.5}}, "lineprotocol", 40);
    int wrong = 0, in_1970 = 0;
    for (const auto& message : messages(fleet, 40)) {
        const auto seconds =
            std::stoll(message.payload.substr(message.payload.rfind(' ') + 1)) / 1'000'000'000;
        wrong += std::abs(seconds - noon / 1000) > 600 ? 1 : 0;
        in_1970 += seconds < 86'400 ? 1 : 0;
    }
    EXPECT_EQ(static_cast<std::uint64_t>(wrong), fleet.faults().at("clock"));
    EXPECT_GT(wrong, 10);
    EXPECT_LT(wrong, 30);
    EXPECT_GT(in_1970, 0);
    EXPECT_LT(in_1970, wrong);
}

TEST(Faults, SendTheWillAndTheBirthsOfADeviceThatReboots)
{
    auto fleet = fleet_with({{Fault::reboot, 0.02}}, "tasmota", 4);
    int offline = 0, online = 0;
    for (const auto& message : messages(fleet, 1000)) {
        if (!message.topic.ends_with("/LWT")) continue;
        offline += message.payload == "Offline" ? 1 : 0;
        online += message.payload == "Online" ? 1 : 0;
    }
    EXPECT_NEAR(offline, static_cast<double>(fleet.faults().at("reboot")), 1);
    EXPECT_GT(offline, 5);
    EXPECT_NEAR(online, offline + 4, 1);
}
