// Real payloads of real devices, where the collection of them lies beside the repository ($TIDEGATE_SAMPLES).
#include "gateway/commands/base64.hpp"
#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace tidegate::gateway {
namespace {

// What this version reads as plain scalars and JSON.
const std::set<std::string> families = {"tasmota", "shelly-gen1", "shelly-gen2", "zigbee2mqtt",
                                        "esphome", "victron",     "owntracks",   "wirenboard",
                                        "ttn",     "chirpstack",  "ha-discovery"};

std::string samples_file()
{
    const char* given = std::getenv("TIDEGATE_SAMPLES");  // NOLINT(concurrency-mt-unsafe)
    return given != nullptr ? given : TIDEGATE_SOURCE_DIR "/../shared/payloads/samples.json";
}

double number_of(const store::Value& value)
{
    return store::as_number(value);
}

bool same(const store::Value& value, const nlohmann::json& expected)
{
    if (expected.is_number()) return number_of(value) == expected.get<double>();
    if (expected.is_boolean()) return value == store::Value(expected.get<bool>());
    return value == store::Value(expected.get<std::string>());
}

TEST(Samples, OfTheFamiliesThatPlainDecodingCoversYieldTheirReadings)
{
    std::ifstream file(samples_file());
    if (!file) {
        RecordProperty("samples", "not there");
        std::puts("NOTE: no collection of device payloads lies beside the repository; nothing was compared");
        return;
    }
    std::size_t compared = 0;
    for (const auto& sample : nlohmann::json::parse(file)) {
        if (!families.contains(sample["family"]) || sample.value("encoding", "") == "base64") continue;
        const auto decoded = decode(sample["payload"].get<std::string>(), DecodeLimits{});
        for (const auto& expected : sample["expected"]) {
            const auto pointer = expected["path"].get<std::string>();
            const auto found = std::find_if(decoded.fields.begin(), decoded.fields.end(),
                                            [&](auto& field) { return field.pointer == pointer; });
            ASSERT_NE(found, decoded.fields.end()) << sample["id"] << " " << pointer << " " << decoded.why;
            EXPECT_TRUE(same(found->value, expected["value"])) << sample["id"] << " " << pointer;
            ++compared;
        }
    }
    std::printf("%zu readings compared\n", compared);
    EXPECT_GT(compared, 50U);
}

}  // namespace
}  // namespace tidegate::gateway
