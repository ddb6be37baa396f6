// The configuration read again while the gateway works, seen from outside the daemon.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"
#include "support/numbered.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <optional>

namespace tidegate::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class Reload : public testing::Test {
protected:
    // What the file says is the gateway's, its directories and port, and `text`.
    void write(const std::string& text) const
    {
        std::ofstream(gateway->dir() / "tidegate.toml", std::ios::trunc)
            << "[gateway]\nid = \"test\"\nstate_directory = \"" << (gateway->dir() / "state").string()
            << "\"\nruntime_directory = \"" << (gateway->dir() / "run").string() << "\"\n"
            << text << "\n";
    }
    std::string web(const std::string& more = "") const
    {
        return "[web]\nport = " + std::to_string(gateway->port()) + "\naccounts = false\n" + more;
    }
    std::string broker_is(const std::string& more = "") const
    {
        return "[[broker]]\nurl = \"" + broker.url() + "\"\n" + more;
    }
    json configuration() const { return gateway->json("/api/v1/gateway")["configuration"]; }
    std::uint64_t told() const
    {
        const auto now = configuration();
        return now["applied"].get<std::uint64_t>() + now["refused"].get<std::uint64_t>();
    }
    // Until it has said what became of it.
    void reload()
    {
        const auto before = told();
        ::kill(gateway->pid(), SIGHUP);
        ASSERT_TRUE(wait_until([&] { return told() > before; }, 20s)) << gateway->log();
    }
    json broker_state(std::size_t index = 0) const
    {
        return gateway->json("/api/v1/gateway")["brokers"][index];
    }
    bool connected(std::size_t index = 0) const
    {
        return wait_until([&] { return broker_state(index).value("up", false); });
    }
    std::uint64_t received() const
    {
        return gateway->json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
    }

    Broker broker;
    std::optional<Gateway> gateway{std::in_place, broker.url()};
};

TEST_F(Reload, RefusesABadFileAsAWholeAndSaysEverythingThatIsWrongWithIt)
{
    ASSERT_TRUE(connected());
    write(web("prot = 1\n") + broker_is("filters = [\"a/#\"]\nqos = 7\n"));
    reload();

    const auto now = configuration();
    EXPECT_EQ(now["refused"], 1);
    ASSERT_EQ(now["problems"].size(), 2U) << now;
    EXPECT_THAT(now["problems"].dump(), testing::HasSubstr("unknown key web.prot; did you mean port?"));
    EXPECT_THAT(now["problems"].dump(), testing::HasSubstr("qos is 7, must be 0 to 2"));
    EXPECT_THAT(gateway->log(), testing::HasSubstr("reload_refused"));
    broker.publish("other", "1");
    EXPECT_TRUE(wait_until([&] { return received() == 1; })) << "the filter of before is in effect";

    write(web() + broker_is());
    reload();
    EXPECT_EQ(configuration()["applied"], 1);
    EXPECT_EQ(configuration()["problems"].size(), 0U);
}

TEST_F(Reload, RefusesWhatIsWrongWithASecretOrAPattern)
{
    ASSERT_TRUE(connected());
    write(web() + broker_is("password_file = \"/nonexistent\"\n"));
    reload();
    EXPECT_THAT(configuration()["problems"].dump(), testing::HasSubstr("password_file: /nonexistent"));

    write(web() + broker_is() +
          "[[upstream]]\nname = \"c\"\nkind = \"https\"\nurl = \"ftp://x\"\nrename = \"{no}\"\n");
    reload();
    EXPECT_THAT(configuration()["problems"].dump(), testing::HasSubstr(":13:7: upstream.url: "));
    EXPECT_EQ(configuration()["problems"].size(), 2U) << configuration();
    EXPECT_EQ(configuration()["refused"], 2);
    EXPECT_EQ(gateway->json("/api/v1/upstreams")["upstreams"].size(), 0U);
}

TEST_F(Reload, AppliesAlarms)
{
    ASSERT_TRUE(connected());
    const auto names = [&] {
        std::vector<std::string> out;
        const auto answer = gateway->json("/api/v1/alarms");
        for (const auto& alarm : answer["alarms"]) out.push_back(alarm["alarm"]);
        return out;
    };
    const auto are = [&](std::vector<std::string> wanted) {
        return wait_until([&] { return names() == wanted; });
    };
    broker.publish("a", "31");
    write(web() + broker_is() + "[[alarm]]\nname = \"warm\"\nabove = 30\n");
    reload();
    EXPECT_EQ(configuration()["needs_restart"], json::array());
    EXPECT_EQ(gateway->json("/api/v1/alarms/rules")["rules"].size(), 1U);
    broker.publish("a", "32");
    EXPECT_TRUE(are({"warm"})) << gateway->log();

    write(web() + broker_is() + "[[alarm]]\nname = \"hot\"\nabove = 30\n");
    reload();
    EXPECT_TRUE(are({})) << gateway->log();
    EXPECT_EQ(gateway->json("/api/v1/alarms?state=history")["alarms"][0]["cleared_by"], "configuration");
    broker.publish("a", "33");
    EXPECT_TRUE(are({"hot"})) << gateway->log();
}

TEST_F(Reload, SaysWhatNeedsARestartAndAppliesTheRest)
{
    ASSERT_TRUE(connected());
    write("[web]\nport = 1\naccounts = false\n[store]\nsync = \"2s\"\n[limits]\npayload = \"10B\"\n" +
          broker_is());
    reload();

    EXPECT_EQ(configuration()["needs_restart"], json({"store.sync", "web.port"}));
    EXPECT_THAT(gateway->log(), testing::HasSubstr("key=web.port has changed and needs a restart"));
    ASSERT_TRUE(connected());
    broker.publish("a", "longer than ten bytes");
    EXPECT_TRUE(
        wait_until([&] { return gateway->json("/api/v1/books")["messages"]["rejected"]["too_large"] == 1; }));
}

TEST_F(Reload, TakesBrokersInAndLeavesThem)
{
    const Broker attic;
    ASSERT_TRUE(connected());
    write(web() + broker_is() + "[[broker]]\nname = \"attic\"\nurl = \"" + attic.url() + "\"\n");
    reload();
    ASSERT_TRUE(connected(1));
    EXPECT_EQ(broker_state(0)["connects"], 1) << "the other one is not touched";
    attic.publish("attic/a", "1");
    EXPECT_TRUE(wait_until([&] { return received() == 1; }));

    write(web() + broker_is());
    reload();
    EXPECT_EQ(gateway->json("/api/v1/gateway")["brokers"].size(), 1U);
    attic.publish("attic/a", "2");

    write(web() + broker_is() + "[[broker]]\nname = \"attic\"\nurl = \"" + attic.url() + "\"\n");
    reload();
    EXPECT_TRUE(wait_until([&] { return received() == 2; })) << "its session has kept what came meanwhile";
    EXPECT_EQ(imbalance(gateway->json("/api/v1/books")), "");
    EXPECT_EQ(gateway->stop(), 0) << gateway->log();
}

TEST_F(Reload, AppliesTheCommandsThatAreAllowed)
{
    ASSERT_TRUE(connected());
    const json command{{"topic", "cmnd/a"}, {"payload", "1"}};
    EXPECT_EQ(gateway->post_json("/api/v1/commands", command).status, 403);

    write(web() + broker_is() + "[commands]\nallow = [\"cmnd/#\"]\n");
    reload();
    EXPECT_EQ(gateway->post_json("/api/v1/commands", command).status, 202);
    EXPECT_TRUE(
        wait_until([&] { return gateway->json("/api/v1/commands")["commands"][0]["state"] == "sent"; }));

    write(web() + broker_is());
    reload();
    EXPECT_EQ(gateway->post_json("/api/v1/commands", command).status, 403);
}

// On the topic of its state a plant hears whether its host goes and comes.
TEST_F(Reload, LeavesASparkplugHostAloneUnlessItsBrokerOrItsSecretChanges)
{
    const Broker attic;
    const auto secret = gateway->dir() / "secret";
    const auto write_secret = [&](const std::string& text) {
        std::ofstream(secret, std::ios::trunc) << text << "\n";
        std::filesystem::permissions(secret, std::filesystem::perms(0600));
    };
    write_secret("old");
    const auto plant =
        broker_is("sparkplug_host = \"scada\"\nuser = \"u\"\npassword_file = \"" + secret.string() + "\"\n");
    const Listener node(broker.port(), "spBv1.0/STATE/scada", {}, "%p");
    write(web() + plant);
    reload();
    ASSERT_TRUE(node.hears(1)) << gateway->log();

    write(web() + plant + "[[broker]]\nname = \"attic\"\nurl = \"" + attic.url() + "\"\n");
    reload();
    ASSERT_TRUE(connected(1));
    write_secret("new");
    reload();
    ASSERT_TRUE(node.hears(3)) << gateway->log();
    const auto heard = node.payloads();
    EXPECT_EQ(heard.size(), 3U) << "none of another broker's";
    EXPECT_THAT(heard[1], testing::HasSubstr("\"online\":false"));
    EXPECT_THAT(heard[2], testing::HasSubstr("\"online\":true"));
}

TEST_F(Reload, SaysWhatCouldNotBeStartedAndTriesItAgain)
{
    ASSERT_TRUE(connected());
    const auto in_the_way = gateway->dir() / "run" / "down-cloud.ring";
    std::filesystem::create_directories(in_the_way);
    write(web() + broker_is() + "[commands]\nallow = [\"cmnd/#\"]\n[[upstream]]\nname = \"cloud\"\nkind = " +
          "\"mqtt\"\nurl = \"" + broker.url() + "\"\ndown = \"down\"\n");
    const auto ways = [&] { return gateway->json("/api/v1/commands")["links"].dump(); };
    reload();
    EXPECT_EQ(configuration()["applied"], 1);
    EXPECT_EQ(configuration()["problems"].size(), 0U) << "it is in effect";
    EXPECT_THAT(configuration()["incomplete"].dump(), testing::HasSubstr("upstream cloud: "));
    EXPECT_THAT(ways(), testing::Not(testing::HasSubstr("from_upstream")));

    std::filesystem::remove(in_the_way);
    reload();
    EXPECT_EQ(configuration()["incomplete"].size(), 0U) << configuration();
    EXPECT_THAT(ways(), testing::HasSubstr("from_upstream"));
}

TEST_F(Reload, KeepsNothingOfARefusedConfiguration)
{
    ASSERT_TRUE(connected());
    const auto run = gateway->dir() / "run";
    std::filesystem::create_directories(run / "intake-cellar.ring");
    const auto more = [&](const std::string& name) {
        return "[[broker]]\nname = \"" + name + "\"\nurl = \"" + broker.url() + "\"\n";
    };
    write(web() + broker_is() + more("attic") + more("cellar"));
    reload();
    ASSERT_EQ(configuration()["refused"], 1) << configuration();
    const auto free = [&] {
        const int file = ::open((run / "intake-attic.ring.lock").c_str(), O_RDWR | O_CLOEXEC);
        const bool mine = file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0;
        if (file >= 0) ::close(file);
        return mine;
    };
    EXPECT_TRUE(wait_until(free)) << "the ring that was prepared is let go of";
}

// 300 messages a second in, everything on to a cloud, and every second somebody changes something.
TEST_F(Reload, LosesNothingWhileBrokersUpstreamsAndLimitsChangeUnderLoad)
{
    constexpr int reloads = 20;
    const Broker cloud;
    const Listener listener(cloud.port(), "tidegate/test/up", {}, "%p");
    const auto upstream = [&](int batch) {
        return "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"" + cloud.url() +
               "\"\nbatch = " + std::to_string(batch) + "\n";
    };
    const std::string nowhere =
        "[[upstream]]\nname = \"nowhere\"\nkind = \"https\"\nurl = \"http://127.0.0.1:9/\"\n";
    write(web() + broker_is() + upstream(500));
    reload();
    ASSERT_TRUE(connected());
    const TempDir dir;
    Process fleet({TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices", "10", "--rate",
                   "300", "--acked-file", (dir / "acked").string()},
                  {.output = dir / "sim.log"});

    const std::vector<std::string> files{
        web() + broker_is("filters = [\"numbered/#\"]\n") + upstream(500),
        web() + broker_is("filters = [\"numbered/#\"]\n") + upstream(50) + nowhere, web() + "[web",
        web("[web.limits]\nconnections = 100\n") + broker_is() + upstream(50) + "[limits]\nseries = 500\n",
        web() + broker_is("version = 4\n") + upstream(300) + "[commands]\nallow = [\"cmnd/#\"]\n"};
    for (int i = 0; i < reloads; ++i) {
        std::this_thread::sleep_for(500ms);  // load goes on meanwhile
        write(files[static_cast<std::size_t>(i) % files.size()]);
        reload();
        ASSERT_EQ(imbalance(gateway->json("/api/v1/books")), "") << "after reload " << i + 1;
    }
    fleet.kill(SIGTERM);
    ASSERT_EQ(fleet.wait(30s), 0) << fleet.output();
    settle(*gateway);

    EXPECT_EQ(configuration()["refused"], reloads / static_cast<int>(files.size()));
    const auto [acknowledged, lost, repeated] = account_of(*gateway, dir / "acked");
    std::printf("%d reloads: %lu messages acknowledged, %lu lost, %lu stored twice\n", reloads, acknowledged,
                lost, repeated);
    EXPECT_GT(acknowledged, 2000U);
    EXPECT_EQ(lost, 0U);

    // The cloud has each reading once, by its number.
    const auto last = gateway->json("/api/v1/books")["last_seq"].get<std::uint64_t>();
    std::set<std::uint64_t> seqs;
    const auto all_there = [&] {
        for (const auto& line : listener.payloads()) {
            const auto delivery = json::parse(line);
            for (const auto& record : delivery["records"]) seqs.insert(record["seq"].get<std::uint64_t>());
        }
        return seqs.size() == last;
    };
    EXPECT_TRUE(wait_until(all_there, 20s)) << seqs.size() << " of " << last;
    EXPECT_TRUE(wait_until([&] {
        const auto books = gateway->json("/api/v1/books");
        return imbalance(books).empty() && books["upstreams"][0]["delivered"] == last;
    })) << gateway->get("/api/v1/books");
    EXPECT_EQ(gateway->stop(), 0) << gateway->log();
}

}  // namespace
}  // namespace tidegate::tests
