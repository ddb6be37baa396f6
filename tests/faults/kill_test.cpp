// Promise 1: nothing acknowledged is lost, whenever the gateway is killed.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr int kills = 15;  // for each version of MQTT: 30 in all
constexpr auto devices = "20";
constexpr auto rate = "3000";

struct Acked {
    std::uint64_t up_to = 0;
    std::set<std::uint64_t> further;
};

// "device N further…": what the broker acknowledged to the simulated devices.
std::map<std::string, Acked> read_acked(const std::filesystem::path& file)
{
    std::map<std::string, Acked> acked;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string device;
        Acked entry;
        words >> device >> entry.up_to;
        for (std::uint64_t number = 0; words >> number;) entry.further.insert(number);
        acked["numbered/" + device] = entry;
    }
    return acked;
}

// Until the broker has nothing left for us.
void settle(const Gateway& gateway)
{
    auto seen = gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
    auto since = std::chrono::steady_clock::now();
    const bool quiet = wait_until(
        [&] {
            const auto now = gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
            if (now != seen) since = std::chrono::steady_clock::now();
            seen = now;
            std::this_thread::sleep_for(100ms);
            return std::chrono::steady_clock::now() - since > 2s;
        },
        60s);
    ASSERT_TRUE(quiet);
}

std::map<std::string, std::vector<std::uint64_t>> stored_numbers(const Gateway& gateway)
{
    std::map<std::string, std::vector<std::uint64_t>> stored;
    const auto page = gateway.json("/api/v1/series?limit=5000");
    for (const auto& series : page["series"]) {
        const auto id = std::to_string(series["id"].get<std::uint64_t>());
        const auto history = gateway.json("/api/v1/history?points=100000&series=" + id)["series"][0];
        stored[series["topic"]] = history["v"].get<std::vector<std::uint64_t>>();
    }
    return stored;
}

class Kill : public testing::TestWithParam<int> {};

TEST_P(Kill, LosesNoAcknowledgedMessageAndLeavesTheBooksBalanced)
{
    const Broker broker;
    Gateway gateway(broker.url(), "version = " + std::to_string(GetParam()));
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    const TempDir dir;
    Process fleet({TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices", devices,
                   "--rate", rate, "--acked-file", (dir / "acked").string()},
                  {.output = dir / "sim.log"});

    std::mt19937 random(20261124);
    for (int i = 0; i < kills; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(150 + random() % 550));
        gateway.kill();
        gateway.start();
        const auto books = gateway.json("/api/v1/books");
        ASSERT_EQ(imbalance(books), "") << "after kill " << i + 1;
    }
    fleet.kill(SIGTERM);
    ASSERT_EQ(fleet.wait(30s), 0) << fleet.output();
    settle(gateway);

    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
    const auto stored = stored_numbers(gateway);
    for (const auto& [topic, acked] : read_acked(dir / "acked")) {
        const auto found = stored.find(topic);
        ASSERT_NE(found, stored.end()) << topic;
        const std::set<std::uint64_t> numbers(found->second.begin(), found->second.end());
        repeated += found->second.size() - numbers.size();
        acknowledged += acked.up_to + acked.further.size();
        for (std::uint64_t number = 1; number <= acked.up_to; ++number)
            lost += numbers.contains(number) ? 0 : 1;
        for (const auto number : acked.further) lost += numbers.contains(number) ? 0 : 1;
    }
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    std::printf(
        "MQTT %d: %d kills at %s msg/s: %lu messages acknowledged, %lu lost, %lu delivered twice by the "
        "broker\n",
        GetParam(), kills, rate, acknowledged, lost, repeated);
    EXPECT_GT(acknowledged, 10'000U);
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

INSTANTIATE_TEST_SUITE_P(Versions, Kill, testing::Values(5, 4), [](const auto& version) {
    return version.param == 5 ? "Mqtt5" : "Mqtt311";
});

}  // namespace
}  // namespace tidegate::tests
