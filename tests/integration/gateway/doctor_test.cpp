// tidegate doctor, against a real broker.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Doctor : public testing::Test {
protected:
    // What it says with this configuration, and its exit status.
    json look(const std::string& text)
    {
        std::ofstream(dir / "tidegate.toml", std::ios::trunc)
            << "[gateway]\nid = \"test\"\nstate_directory = \"" << (dir / "state").string()
            << "\"\nruntime_directory = \"" << (dir / "run").string() << "\"\n[web]\nport = " << free_port()
            << "\n"
            << text;
        std::filesystem::remove(dir / "said");
        Process doctor({TIDEGATE_BINARY, "doctor", "--json", "-c", (dir / "tidegate.toml").string()},
                       {.output = dir / "said"});
        status = doctor.wait(std::chrono::seconds(60)).value_or(-1);
        const auto said = doctor.output();
        return json::parse(said.substr(said.find('{')));  // what libraries log stands before it
    }
    // Of the findings about `area`, one whose text has `what` in it.
    static json about(const json& said, const std::string& area, const std::string& what)
    {
        for (const auto& one : said["findings"])
            if (one["area"] == area && one["what"].get<std::string>().find(what) != std::string::npos)
                return one;
        return {{"verdict", "nothing about " + area + ": " + what + " in " + said.dump(1)}};
    }

    TempDir dir;
    int status = -1;
};

std::string broker_at(const Broker& broker, const std::string& more = "")
{
    return "[[broker]]\nurl = \"" + broker.url() + "\"\n" + more;
}

TEST_F(Doctor, FindsABrokerThatKeepsEnoughGood)
{
    const Broker broker;
    const auto said = look(broker_at(broker));
    EXPECT_EQ(about(said, "broker broker", "mosquitto version")["verdict"], "ok");
    EXPECT_EQ(about(said, "broker broker", "keeps our session, and more than")["verdict"], "ok");
    EXPECT_EQ(about(said, "config", "is good")["verdict"], "ok");
}

TEST_F(Doctor, SaysHowFewMessagesABrokerKeepsForAClientThatIsAway)
{
    const Broker broker("max_queued_messages 300\nmax_inflight_messages 20\n");
    const auto found = about(look(broker_at(broker)), "broker broker", "keeps only ");
    EXPECT_EQ(found["verdict"], "warn") << found;
    EXPECT_THAT(found["advice"].get<std::string>(), HasSubstr("max_queued_messages"));
}

TEST_F(Doctor, EndsWithOneWhenABrokerOrAnUpstreamIsNotThereAndSaysWhatToDo)
{
    const auto said = look(
        "[[broker]]\nurl = \"mqtt://127.0.0.1:9\"\n"
        "[[upstream]]\nname = \"c\"\nkind = \"https\"\nurl = \"http://127.0.0.1:9/\"\n"
        "[[upstream]]\nname = \"k\"\nkind = \"kafka\"\nurl = \"kafka://127.0.0.1:9\"\n"
        "[[upstream]]\nname = \"m\"\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:9\"\n");
    EXPECT_EQ(status, 1);
    for (const auto* area : {"broker broker", "upstream c", "upstream k", "upstream m"})
        EXPECT_EQ(about(said, area, "127.0.0.1:9")["verdict"], "fail") << area;
}

TEST_F(Doctor, ReachesAnUpstreamWithoutDeliveringAnything)
{
    const Broker broker, cloud;
    Process listener({"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(cloud.port()), "-t", "#"},
                     {.output = dir / "heard"});
    const auto said = look(broker_at(broker) + "[[upstream]]\nname = \"m\"\nkind = \"mqtt\"\nurl = \"" +
                           cloud.url() + "\"\n");
    EXPECT_EQ(about(said, "upstream m", "is there; nothing was delivered")["verdict"], "ok");
    EXPECT_EQ(listener.output(), "");
}

TEST_F(Doctor, TellsEveryMistakeInTheConfiguration)
{
    const auto said = look("[web]\nprot = 1\n[stor]\n");
    EXPECT_EQ(status, 1);
    EXPECT_GE(said["findings"].size(), 1U);
    EXPECT_EQ(said["findings"][0]["area"], "config");
}

TEST_F(Doctor, LeavesNothingBehindAtABroker)
{
    const Broker broker;
    const Gateway other(broker.url(), "filters = [\"#\"]\nstatus_topic = \"\"");
    ASSERT_TRUE(wait_until([&] { return other.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    std::ofstream(dir / "tidegate.toml")
        << "[gateway]\nid = \"another\"\nstate_directory = \"" << (dir / "state").string()
        << "\"\nruntime_directory = \"" << (dir / "run").string() << "\"\n[web]\nport = " << free_port()
        << "\n"
        << broker_at(broker, "version = 4\n");
    Process doctor({TIDEGATE_BINARY, "doctor", "-c", (dir / "tidegate.toml").string()},
                   {.output = dir / "said"});
    ASSERT_TRUE(doctor.wait(std::chrono::seconds(60)));
    EXPECT_THAT(doctor.output(), HasSubstr("keeps our session, and more than"));
    broker.publish("last", "1");
    const auto received = [&] { return other.json("/api/v1/books")["messages"]["received"]; };
    EXPECT_TRUE(wait_until([&] { return received() == 1; })) << received() << ": what it tries is no reading";
}

TEST_F(Doctor, AsksTheRunningGatewayWhatItKnowsAndDisturbsItNot)
{
    const Broker broker;
    const Gateway gateway(broker.url());
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    Process doctor({TIDEGATE_BINARY, "doctor", "-c", (gateway.dir() / "tidegate.toml").string()},
                   {.output = dir / "said"});
    ASSERT_TRUE(doctor.wait(std::chrono::seconds(60)));
    EXPECT_THAT(doctor.output(), HasSubstr("ok    gateway"));
    EXPECT_EQ(doctor.output().find("\x1b["), std::string::npos) << "no colour where it is no terminal";
    const auto now = gateway.json("/api/v1/gateway")["broker"];
    EXPECT_EQ(now["connects"], 1);
    EXPECT_EQ(gateway.json("/api/v1/books")["messages"]["received"], 0)
        << "what it tries is the gateway's own";
}

}  // namespace
}  // namespace tidegate::tests
