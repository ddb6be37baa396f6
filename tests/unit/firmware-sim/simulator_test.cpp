#include "support/broker.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <thread>

using namespace tidegate::tests;
using namespace std::chrono_literals;

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
