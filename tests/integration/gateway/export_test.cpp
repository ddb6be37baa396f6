// `tidegate export` and its endpoint, from the real program beside the real daemon.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int devices = 5;

struct Outcome {
    int status = -1;
    std::string output;  // both streams
};

struct ExportTest : testing::Test {
    Outcome run(std::vector<std::string> more)
    {
        const auto file = dir / ("output-" + std::to_string(++runs));
        std::vector<std::string> command{TIDEGATE_BINARY, "export", "-c",
                                         (gateway.dir() / "tidegate.toml").string()};
        command.insert(command.end(), more.begin(), more.end());
        Process process(command, {.output = file});
        return {process.wait(30s).value_or(-1), process.output()};
    }

    // Through a shell, where redirections are.
    int shell(const std::string& arguments)
    {
        const auto command = std::string(TIDEGATE_BINARY) + " export -c " +
                             (gateway.dir() / "tidegate.toml").string() + " " + arguments;
        Process process({"/bin/sh", "-c", command}, {.output = dir / ("shell-" + std::to_string(++runs))});
        said = process.wait(30s) ? process.output() : "it does not end";
        return process.wait(1s).value_or(-1);
    }

    std::vector<json> lines(const std::vector<std::string>& more)
    {
        std::vector<std::string> arguments{"--format", "ndjson"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto done = run(arguments);
        EXPECT_EQ(done.status, 0) << done.output.substr(0, 1000);
        return parse(done.output);
    }

    static std::vector<json> parse(const std::string& text)
    {
        std::vector<json> found;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) found.push_back(json::parse(line));
        return found;
    }

    // The body of an answer in chunks; it must be whole.
    std::string from_endpoint(const std::string& target)
    {
        const auto chunks = gateway.get(target);
        std::string body;
        for (std::size_t at = 0;;) {
            const auto end = chunks.find("\r\n", at);
            if (end == std::string::npos) throw std::runtime_error("the last chunk did not come: " + target);
            const auto length = std::stoul(chunks.substr(at, end - at), nullptr, 16);
            if (length == 0) return body;
            body.append(chunks, end + 2, length);
            at = end + 2 + length + 2;
        }
    }

    std::uint64_t stored() { return gateway.json("/api/v1/books")["readings"]["stored"]; }

    bool wait_stored(std::uint64_t count)
    {
        return wait_until([&] { return stored() >= count; }, 30s);
    }

    // Of the simulator's account.
    static std::uint64_t acknowledged(const std::string& account)
    {
        std::smatch found;
        const std::regex wanted(", acknowledged ([0-9]+), failed");
        return std::regex_search(account, found, wanted) ? std::stoull(found[1]) : 0;
    }

    void connect()
    {
        ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    }

    TempDir dir;
    Broker broker;
    Gateway gateway{broker.url()};
    int runs = 0;
    std::string said;
};

TEST_F(ExportTest, GivesWhatTheBrokerWasSentWithTheGatewayRunningAndStopped)
{
    connect();
    broker.publish("plant/a", R"({"level": 9223372036854775807, "state": "a, \"b\"", "on": true})");
    broker.publish("plant/b", "21.5");
    ASSERT_TRUE(wait_stored(4));
    for (const bool running : {true, false}) {
        if (!running) gateway.stop();
        std::map<std::string, json> values;
        for (const auto& line : lines({}))
            values[line["topic"].get<std::string>() + "#" + line["field"].get<std::string>()] = line["v"];
        EXPECT_EQ(values.size(), 4U) << "running=" << running;
        EXPECT_EQ(values["plant/a#/level"], 9223372036854775807);
        EXPECT_EQ(values["plant/a#/state"], "a, \"b\"");
        EXPECT_EQ(values["plant/a#/on"], true);
        EXPECT_EQ(values["plant/b#"], 21.5);
        EXPECT_EQ(lines({"--series", "plant/a#/level", "--series", "plant/b"}).size(), 2U);
        EXPECT_EQ(lines({"--topic", "plant/+"}).size(), 4U);
        EXPECT_EQ(lines({"--from", "-1h", "--to", "now"}).size(), 4U);
        EXPECT_EQ(lines({"--to", "-1h"}).size(), 0U);
        const auto csv = run({"--series", "plant/b"});
        EXPECT_EQ(csv.output.find("topic,field,time,t,v,flags,"), 0U);
        EXPECT_NE(csv.output.find("\r\nplant/b,,20"), std::string::npos) << csv.output;
    }
    gateway.start();
    EXPECT_EQ(stored(), 4U) << "an export of a stopped gateway leaves all as it was";
}

TEST_F(ExportTest, HasEachReadingExactlyOnceWhileTheyArrive)
{
    connect();
    Process fleet({TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices",
                   std::to_string(devices), "--rate", "2000", "--duration", "6"},
                  {.output = dir / "sim.log"});
    int exports = 0;
    while (fleet.running()) {
        const auto before = stored();
        std::map<std::string, std::uint64_t> found;
        std::uint64_t count = 0;
        for (const auto& line :
             exports % 2 == 0 ? lines({}) : parse(from_endpoint("/api/v1/export?format=ndjson"))) {
            auto& next = found[line["topic"]];
            ASSERT_EQ(line["v"].get<std::uint64_t>(), ++next) << line.dump() << " export " << exports;
            ++count;
        }
        ASSERT_GE(count, before) << "export " << exports;
        ++exports;
    }
    EXPECT_EQ(fleet.wait(), 0);
    EXPECT_GT(exports, 4);
    // The broker may have more in hand than has arrived here.
    const auto published = acknowledged(fleet.output());
    ASSERT_GT(published, 5000U) << fleet.output();
    ASSERT_TRUE(wait_stored(published)) << stored();
    EXPECT_EQ(lines({}).size(), published);
}

TEST_F(ExportTest, SaysWhatIsWrongAndEndsWithOne)
{
    connect();
    broker.publish("plant/a", "1");
    ASSERT_TRUE(wait_stored(1));
    const auto fails = [&](const std::vector<std::string>& arguments, const std::string& why) {
        const auto done = run(arguments);
        EXPECT_EQ(done.status, 1) << why;
        EXPECT_EQ(done.output.find("export: "), 0U) << done.output;
        EXPECT_NE(done.output.find(why), std::string::npos) << done.output;
    };
    fails({"--series", "plant/b#/x"}, "there is no series plant/b#/x");
    fails({"--topic", "home/#"}, "no series has a topic that matches");
    fails({"--topic", "a#"}, "not an MQTT topic filter");
    fails({"--from", "soon"}, "--from soon: not a time");
    fails({"--from", "-1h", "--to", "-2h"}, "--from must be before --to");
    fails({"--output", (dir / "none" / "x").string()}, "No such file or directory");
    EXPECT_NE(run({"--format", "xml"}).status, 0);
}

TEST_F(ExportTest, EndsQuietlyWhenTheReaderLeavesAndSaysThatADiskIsFull)
{
    connect();
    Process fleet({TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices",
                   std::to_string(devices), "--rate", "0", "--duration", "2"},
                  {.output = dir / "sim.log"});
    ASSERT_EQ(fleet.wait(30s), 0);
    ASSERT_TRUE(wait_stored(5000));
    EXPECT_EQ(shell("| head -n 1"), 0);
    EXPECT_EQ(said.find("topic,field,"), 0U);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << "and nothing else is said: " << said;

    EXPECT_EQ(shell("> /dev/full"), 1);
    EXPECT_NE(said.find("export: standard output: No space left on device"), std::string::npos) << said;

    EXPECT_EQ(shell("--output " + (dir / "whole.csv").string()), 0);
    EXPECT_EQ(said, "") << "no progress where no terminal is";
    const auto whole = read_file(dir / "whole.csv");
    EXPECT_EQ(static_cast<std::uint64_t>(std::count(whole.begin(), whole.end(), '\n')), stored() + 1);
}

TEST_F(ExportTest, ShowsItsProgressOnATerminal)
{
    connect();
    broker.publish("plant/a", "1");
    ASSERT_TRUE(wait_stored(1));
    const auto file = (dir / "x.csv").string();
    const auto command = std::string(TIDEGATE_BINARY) + " export -c " +
                         (gateway.dir() / "tidegate.toml").string() + " --output " + file;
    Process terminal({"script", "-qec", command, "/dev/null"}, {.output = dir / "terminal"});
    EXPECT_EQ(terminal.wait(30s), 0);
    EXPECT_NE(terminal.output().find("100 %             1 readings        0.0 MB"), std::string::npos)
        << terminal.output();
}

}  // namespace
}  // namespace tidegate::tests
