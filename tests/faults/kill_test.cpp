// Promise 1: nothing acknowledged is lost, whenever the gateway is killed.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/numbered.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <set>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr auto devices = "20";
constexpr int most_writes = 150;  // some seconds' worth
constexpr auto rate = "3000";

// $NAME, or what is enough for a run on each change: a long experiment takes its number from outside.
int count_of(const char* name, int otherwise)
{
    const char* wanted = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return wanted == nullptr ? otherwise : std::atoi(wanted);
}

class Kill : public testing::TestWithParam<int> {
protected:
    // A fleet whose messages are numbered, device by device.
    void begin()
    {
        ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
        fleet.emplace(
            std::vector<std::string>{TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices",
                                     devices, "--rate", rate, "--acked-file", (dir / "acked").string()},
            Process::Files{.output = dir / "sim.log"});
    }
    void end(const std::string& what, int least);  // `least`: messages that must have been acknowledged

    Broker broker;
    Gateway gateway{broker.url(), "version = " + std::to_string(GetParam())};
    TempDir dir;
    std::optional<Process> fleet;
};

// Nothing that was acknowledged to a device is missing.
void Kill::end(const std::string& what, int least)
{
    fleet->kill(SIGTERM);
    ASSERT_EQ(fleet->wait(30s), 0) << fleet->output();
    settle(gateway);
    ASSERT_EQ(broker.log().find("being dropped"), std::string::npos)
        << "the broker had more for us than it may queue: this machine is too slow for " << rate << " msg/s";

    const auto [acknowledged, lost, repeated] = account_of(gateway, dir / "acked");
    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    std::printf(
        "MQTT %d: %s at %s msg/s: %lu messages acknowledged, %lu lost; delivered again and told so: %lu, "
        "stored "
        "twice: %lu\n",
        GetParam(), what.c_str(), rate, acknowledged, lost,
        books["messages"]["rejected"]["redelivered"].get<std::uint64_t>(), repeated);
    // Else it was hardly under load.
    EXPECT_GT(acknowledged, static_cast<std::uint64_t>(least));
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

TEST_P(Kill, LosesNoAcknowledgedMessageAndLeavesTheBooksBalanced)
{
    const int kills = count_of("TIDEGATE_KILLS", 15);  // for each version of MQTT: 30 in all
    begin();
    std::mt19937 random(20261124);
    for (int i = 0; i < kills; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(150 + random() % 550));
        gateway.kill();
        gateway.start();
        const auto books = gateway.json("/api/v1/books");
        ASSERT_EQ(imbalance(books), "") << "after kill " << i + 1;
    }
    end(std::to_string(kills) + " kills", 10'000);
}

// At its first, second, third … write or sync: in the middle of a commit, of a checkpoint, of the making of a
// file, wherever that falls.
TEST_P(Kill, InTheMiddleOfAWriteLosesNothingEither)
{
    const int kills = count_of("TIDEGATE_WRITE_KILLS", 10);
    begin();
    int killed = 0;
    int starts = 0;
    for (int n = 1; killed < kills; n = n < most_writes ? n + 1 + n / 4 : 1 + killed % 10) {
        ASSERT_LT(++starts, 2 * kills + 10) << "it is hardly ever killed";
        ASSERT_EQ(gateway.stop(), 0) << gateway.log();
        gateway.try_start({"/usr/bin/env", std::string("LD_PRELOAD=") + KILL_AT_WRITE,
                           "TIDEGATE_KILL_AT_WRITE=" + std::to_string(n)});
        if (wait_until([&] { return !gateway.running(); }, 20s))
            ++killed;
        else
            gateway.kill();
        gateway.start();
        ASSERT_EQ(imbalance(gateway.json("/api/v1/books")), "") << "after a kill at write " << n;
    }
    // Between two kills is what two starts take: on a quick machine that is not long.
    end(std::to_string(killed) + " kills in the middle of a write", 300 * killed);
}

INSTANTIATE_TEST_SUITE_P(Versions, Kill, testing::Values(5, 4), [](const auto& version) {
    return version.param == 5 ? "Mqtt5" : "Mqtt311";
});

}  // namespace
}  // namespace tidegate::tests
