// What the simulated fleet says, as the gateway's decoders hear it.
#include "firmware-sim/catalogue.hpp"
#include "firmware-sim/faults.hpp"
#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

using namespace tidegate;
using namespace tidegate::sim;

namespace {

constexpr std::int64_t noon = 1'764'072'000'000;  // 2025-11-25 12:00 UTC

struct Heard {
    std::map<std::string, int> decoders;  // of readings, by name
    int readings = 0, with_unit = 0;
    std::vector<std::string> rejected;
};

Heard hear(Source& fleet, int messages, const std::vector<Message>& announced = {})
{
    gateway::Decoder decoder;
    Heard heard;
    for (const auto& message : announced) {
        const auto decoded = decoder.decode({message.topic, message.payload, noon, message.retained});
        EXPECT_FALSE(decoded.rejected) << message.topic << " " << message.payload << ": " << decoded.why;
    }
    for (int i = 0; i < messages; ++i) {
        const auto now_ms = noon + i * 1000;
        const auto message = fleet.next(now_ms);
        const auto decoded = decoder.decode({message.topic, message.payload, now_ms, message.retained});
        if (decoded.rejected)
            heard.rejected.push_back(message.topic + " " + message.payload + ": " + decoded.why);
        for (const auto& field : decoded.fields) {
            if (field.kind != gateway::Kind::reading && field.kind != gateway::Kind::event) continue;
            ++heard.readings;
            ++heard.decoders[std::string(decoded.decoder)];
            heard.with_unit +=
                describe_field(decoder, message.topic, field.pointer, field).unit.empty() ? 0 : 1;
        }
    }
    return heard;
}

std::vector<Message> announcement_of(Fleet& fleet)
{
    std::vector<Message> all;
    while (auto message = fleet.announce(noon)) all.push_back(std::move(*message));
    return all;
}

}  // namespace

TEST(House, IsDecodedFamilyByFamilyAsItIsMeant)
{
    const Catalogue catalogue;
    std::set<std::string> met;
    for (const auto& profile : catalogue.profiles()) {
        Fleet fleet(6, {&profile}, 1, true);
        const auto heard = hear(fleet, 300, announcement_of(fleet));
        EXPECT_TRUE(heard.rejected.empty()) << profile.family << ": " << heard.rejected.front();
        EXPECT_GE(heard.readings, 300) << profile.family;
        ASSERT_FALSE(heard.decoders.empty()) << profile.family;
        for (const auto& [decoder, readings] : heard.decoders)
            EXPECT_EQ(decoder, profile.decoder) << profile.family;
        met.insert(profile.decoder);
        std::printf("%-16s %-16s %4d readings, %4d with a unit\n", profile.family.c_str(),
                    profile.decoder.c_str(), heard.readings, heard.with_unit);
    }
    // Every decoder of readings but what the broker says of itself, bare words, and what only announces.
    std::set<std::string> all;
    for (const auto name : gateway::Decoder::names()) all.emplace(name);
    for (const auto* other : {"$SYS", "text", "ha-discovery"}) all.erase(other);
    all.insert("discovery");
    EXPECT_EQ(met, all);
}

TEST(House, LearnsNamesAndUnitsFromBirthsAndDiscovery)
{
    const Catalogue catalogue;
    for (const auto* family : {"homeassistant", "homie4", "homie5", "sparkplug", "valueunit", "wirenboard"}) {
        Fleet fleet(3, catalogue.chosen({family}), 1, true);
        EXPECT_GT(hear(fleet, 200).with_unit, 50) << family;
    }
}

TEST(House, HasNothingRejectedButWhatIsMeantToBeBad)
{
    FaultRates rates{};
    rates.fill(0.002);
    rates.at(static_cast<std::size_t>(Fault::bad)) = 0.01;
    const Catalogue catalogue;
    FaultyFleet fleet(Fleet(100, catalogue.chosen({"all"}), 3, true), rates, 3);
    const auto heard = hear(fleet, 20'000);
    EXPECT_EQ(heard.rejected.size(), fleet.faults().at("bad")) << heard.rejected.front();
    EXPECT_GT(fleet.faults().at("bad"), 100U);
}
