// Real payloads of real devices, where the collection of them lies beside the repository ($TIDEGATE_SAMPLES).
#include "gateway/decode/decoder.hpp"
#include "web/accounts/secret.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <vector>

namespace tidegate::gateway {
namespace {

using nlohmann::json;

std::string samples_file()
{
    const char* given = std::getenv("TIDEGATE_SAMPLES");  // NOLINT(concurrency-mt-unsafe)
    return given != nullptr ? given : TIDEGATE_SOURCE_DIR "/../shared/payloads/samples.json";
}

struct Score {
    std::size_t expected = 0, yielded = 0;
};

// A float32 is kept as the decimal that it was meant to be: 12.1 where it is widened to 12.100000381469727.
bool same(const store::Value& value, const json& expected)
{
    if (expected.is_number_integer() && std::holds_alternative<std::int64_t>(value))
        return std::get<std::int64_t>(value) == expected.get<std::int64_t>();
    if (expected.is_number()) {
        const double number = store::as_number(value);
        const double wanted = expected.get<double>();
        return number == wanted || (number != 0 && static_cast<float>(number) == static_cast<float>(wanted) &&
                                    static_cast<double>(static_cast<float>(wanted)) == wanted);
    }
    if (expected.is_boolean()) return value == store::Value(expected.get<bool>());
    return value == store::Value(expected.get<std::string>());
}

// The name that a metric of Sparkplug has once its alias is known; the pointers of the others are as they
// stand.
std::string pointer_of(const json& sample, std::string path)
{
    const auto kind = sample["path_kind"].get<std::string>();
    if (sample["family"] == "senml") {  // "/0/v": a record's series is its resolved name (RFC 8428, 4.5.1)
        const auto pack = json::parse(sample["payload"].get<std::string>());
        const auto& record = pack.at(json::json_pointer(path).parent_pointer());
        return "/" + pack.at(0).value("bn", "") + record.value("n", "");
    }
    if (path == "alias:100" && sample["family"] == "sparkplug-b") path = "Temperature";
    return kind == "sparkplug-metric" || kind == "line-protocol" ? "/" + path : path;
}

class Samples : public testing::Test {
protected:
    bool yields(const json& sample, const json& expected, std::vector<bool>& taken, const Decoded& decoded)
    {
        const auto pointer = pointer_of(sample, expected["path"]);
        for (std::size_t i = 0; i < decoded.fields.size(); ++i) {
            const auto& field = decoded.fields[i];
            if (taken[i] || field.pointer != pointer || !same(field.value, expected["value"])) continue;
            const auto unit =
                describe_field(decoder_, sample["topic"].get<std::string>(), field.pointer, field).unit;
            if (expected.contains("unit") && unit != expected["unit"].get<std::string>()) continue;
            taken[i] = true;
            return true;
        }
        return false;
    }

    void take(const json& sample)
    {
        auto payload = sample["payload"].get<std::string>();
        if (sample.value("encoding", "") == "base64") {
            const auto coded = payload;
            ASSERT_TRUE(web::read_base64(coded, payload)) << coded;
        }
        const auto decoded = decoder_.decode({sample["topic"].get_ref<const std::string&>(), payload,
                                              1'764'000'000'000, sample.value("retained", false)});
        std::vector<bool> taken(decoded.fields.size());
        auto& score = scores_[sample["family"]];
        for (const auto& expected : sample["expected"]) {
            ++score.expected;
            const bool yielded = yields(sample, expected, taken, decoded);
            score.yielded += yielded ? 1 : 0;
            EXPECT_TRUE(yielded) << sample["id"] << " " << expected << ": " << all_of(sample, decoded);
        }
        if (sample["expected"].empty()) {
            EXPECT_TRUE(decoded.rejected) << sample["id"] << ": " << all_of(sample, decoded);
        }
    }

    std::string all_of(const json& sample, const Decoded& decoded)
    {
        std::string out = decoded.why;
        for (const auto& field : decoded.fields)
            out += fmt::format(
                " [{} {}]", field.pointer,
                describe_field(decoder_, sample["topic"].get<std::string>(), field.pointer, field).unit);
        return out;
    }

    Decoder decoder_;
    std::map<std::string, Score> scores_;
};

TEST_F(Samples, OfAllFamiliesYieldTheirReadings)
{
    std::ifstream file(samples_file());
    if (!file)
        GTEST_SKIP() << "no collection of device payloads lies beside the repository; nothing was compared";
    for (const auto& sample : json::parse(file)) take(sample);
    std::size_t yielded = 0;
    std::puts("family              expected  yielded  missing");
    for (const auto& [family, score] : scores_) {
        fmt::print("{:<20}{:>8}{:>9}{:>9}\n", family, score.expected, score.yielded,
                   score.expected - score.yielded);
        yielded += score.yielded;
    }
    EXPECT_GT(yielded, 100U);
}

}  // namespace
}  // namespace tidegate::gateway
