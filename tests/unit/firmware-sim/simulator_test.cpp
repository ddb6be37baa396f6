#include "support/broker.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

using namespace tidegate::tests;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class Simulator : public testing::Test {
protected:
    Process launch(std::vector<std::string> options)
    {
        options.insert(options.begin(), {SIMULATOR, "--json", "--broker", broker_.url()});
        return Process(options, {.output = dir_ / "output"});
    }

    // How many numbers were acknowledged, all devices together: what lies beyond a gap does not count.
    std::uint64_t acknowledged_without_a_gap() const
    {
        std::istringstream lines(read_file(acked_file()));
        std::uint64_t sum = 0;
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::uint64_t device = 0;
            std::uint64_t up_to = 0;
            fields >> device >> up_to;
            sum += up_to;
        }
        return sum;
    }

    std::filesystem::path acked_file() const { return dir_ / "acked"; }

    static nlohmann::json account_in(const std::string& output)
    {
        return nlohmann::json::parse(output.substr(output.rfind("{\"published\"")));
    }

    TempDir dir_;
    Broker broker_;
    int launched_ = 0;
};

}  // namespace

TEST_F(Simulator, GetsEveryNumberAcknowledgedThoughTheBrokerIsKilled)
{
    auto simulator = launch(
        {"--numbered", "--devices", "3", "--rate", "600", "--duration", "5", "--acked-file", acked_file()});
    for (int kills = 0; kills < 2; ++kills) {
        const auto before = acknowledged_without_a_gap();
        ASSERT_TRUE(wait_until([&] { return acknowledged_without_a_gap() > before + 100; }));
        broker_.kill();
        broker_.start();
    }

    ASSERT_EQ(simulator.wait(30s), 0) << simulator.output();
    const auto account = account_in(simulator.output());
    EXPECT_EQ(account.at("failed"), 0);
    EXPECT_EQ(account.at("reconnects"), 2);
    EXPECT_EQ(account.at("published"), acknowledged_without_a_gap());
}

TEST_F(Simulator, WritesTheSameBytesForTheSameSeed)
{
    const auto bytes = [&](const char* seed) {
        Process simulator({SIMULATOR, "--print", "3000", "--devices", "60", "--shapes", "all", "--seed", seed,
                           "--fault", "bad=0.01,dropout=0.01", "--fault", "clock=0.2"},
                          {.output = dir_ / std::to_string(++launched_)});
        EXPECT_EQ(simulator.wait(20s), 0);
        return simulator.output();
    };
    const auto first = bytes("4");
    EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 3000);
    EXPECT_TRUE(first == bytes("4"));
    EXPECT_FALSE(first == bytes("5"));
}

TEST_F(Simulator, PlaysWhatItHasWrittenAtTenTimesThePace)
{
    std::ofstream(dir_ / "recording.ndjson") << R"({"t":1000,"topic":"r/a","payload":"1"})"
                                             << "\n"
                                             << R"({"t":11000,"topic":"r/b","payload_base64":"/wA="})"
                                             << "\n"
                                             << R"({"t":21000,"topic":"r/a","payload":"2"})"
                                             << "\n";
    auto simulator = launch({"--replay", dir_ / "recording.ndjson", "--speed", "10"});
    ASSERT_EQ(simulator.wait(20s), 0) << simulator.output();
    const auto account = account_in(simulator.output());
    EXPECT_EQ(account.at("published"), 3);
    EXPECT_EQ(account.at("payload_bytes"), 4);
    EXPECT_NEAR(account.at("seconds").get<double>(), 2.0, 0.5);
}

TEST_F(Simulator, SharesTenThousandDevicesAmongFewConnections)
{
    auto simulator = launch(
        {"--devices", "10000", "--connections", "4", "--rate", "0", "--shapes", "scalar", "--duration", "3"});
    ASSERT_EQ(simulator.wait(40s), 0) << simulator.output();
    const auto account = account_in(simulator.output());
    EXPECT_GT(account.at("published"), 10'000) << "each has spoken";
    EXPECT_EQ(account.at("failed"), 0);
}

TEST_F(Simulator, SaysPleasantlyWhatIsWrong)
{
    const auto said = [&](std::vector<std::string> options, int status) {
        options.insert(options.begin(), SIMULATOR);
        Process simulator(options, {.output = dir_ / std::to_string(++launched_)});
        EXPECT_EQ(simulator.wait(), status);
        return simulator.output();
    };
    EXPECT_THAT(said({"--shapes", "toaster"}, 2),
                HasSubstr("there is no family \"toaster\"; --list-profiles says which"));
    EXPECT_THAT(said({"--fault", "fire=1"}, 2), HasSubstr("there is no fault \"fire\""));
    EXPECT_THAT(said({"--fault", "bad=2"}, 2), HasSubstr("bad needs a share from 0 to 1"));
    EXPECT_THAT(said({"--profiles", "/nowhere.toml"}, 2), HasSubstr("/nowhere.toml: no such file"));
    EXPECT_THAT(said({"--speed", "2"}, 2), HasSubstr("--replay"));
    EXPECT_THAT(said({"--print", "1", "--replay", "/nowhere.csv"}, 2),
                HasSubstr("/nowhere.csv: no such file"));
    EXPECT_THAT(said({"--list-profiles"}, 0), HasSubstr("sparkplug"));
    EXPECT_THAT(said({"--show-profile", "cbor"}, 0), HasSubstr("family = \"cbor\""));
    EXPECT_THAT(said({"--help"}, 0), HasSubstr("Exit status"));
}

TEST_F(Simulator, EndsWithItsAccountWhenItIsToldTo)
{
    auto simulator = launch({"--devices", "12", "--rate", "200"});
    ASSERT_TRUE(wait_until([&] { return simulator.output().find("connected to") != std::string::npos; }));
    simulator.kill(SIGTERM);

    ASSERT_EQ(simulator.wait(), 0) << simulator.output();
    const auto account = account_in(simulator.output());
    EXPECT_GT(account.at("published"), 0);
    EXPECT_EQ(account.at("published"), account.at("acknowledged"));
}

TEST_F(Simulator, EndsWithOneWhenSomethingWasNotAcknowledged)
{
    auto simulator = launch({"--numbered", "--rate", "500", "--acked-file", acked_file()});
    ASSERT_TRUE(wait_until([&] { return !read_file(acked_file()).empty(); }));
    broker_.freeze();
    // Nothing tells from outside that further ones were published: at 500 a second this is some hundred of
    // them.
    std::this_thread::sleep_for(300ms);
    simulator.kill(SIGTERM);

    EXPECT_EQ(simulator.wait(20s), 1) << simulator.output();
    EXPECT_GT(account_in(simulator.output()).at("failed"), 0);
    broker_.thaw();
}
