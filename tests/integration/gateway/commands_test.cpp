// Commands down, from a cloud's broker or the API to a device at the site's broker, and their results up.
#include "base/clock.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

struct CommandsTest : testing::Test {
    // From the first time that it listens on, the cloud's broker keeps commands for it.
    void SetUp() override
    {
        const auto listens = [this] {
            return gateway.log().find("broker_connected url=" + cloud.url()) != std::string::npos;
        };
        ASSERT_TRUE(wait_until(listens, 30s)) << gateway.log();
    }
    static json command(const std::string& id, const std::string& payload, int expires_in_s = 60)
    {
        return {{"id", id},
                {"topic", "cmnd/kitchen/POWER"},
                {"payload", payload},
                {"issued", wall_ms()},
                {"expires_in_s", expires_in_s}};
    }
    // The kernel of a test machine does not say that its clock is right; how that is judged, the unit tests
    // say.
    static std::string configured(const Broker& cloud)
    {
        return "[commands]\nallow = [\"cmnd/+/POWER\"]\nclock = \"trusted\"\n[[upstream]]\nname = \"cloud\"\n"
               "kind = \"mqtt\"\nurl = \"" +
               cloud.url() + "\"\ndown = \"tidegate/{gateway}/down\"\n";
    }
    void from_cloud(const json& what) const { cloud.publish("tidegate/test/down", what.dump()); }
    json result(const std::string& id) const
    {
        for (const auto& line : results.payloads())
            if (auto told = json::parse(line); told["id"] == id) return told;
        return {};
    }
    json result_in_time(const std::string& id) const
    {
        (void)wait_until([&] { return !result(id).is_null(); }, 20s);
        return result(id);
    }
    json audit(const std::string& id) const
    {
        const auto found = gateway.json("/api/v1/commands?id=" + id)["commands"];
        return found.empty() ? json() : found[0];
    }
    bool becomes(const std::string& id, const std::string& state) const
    {
        return wait_until([&] { return audit(id).value("state", "") == state; }, 20s);
    }

    Broker site, cloud;
    Listener device{site.port(), "cmnd/#"};
    Listener results{cloud.port(), "tidegate/test/down/result"};
    Gateway gateway{site.url(), "", configured(cloud)};
};

TEST_F(CommandsTest, GoFromTheCloudToTheDeviceAndTheirResultsBack)
{
    from_cloud(command("a-1", "ON"));

    ASSERT_TRUE(device.hears(1)) << gateway.log();
    EXPECT_EQ(device.lines(), Lines{"cmnd/kitchen/POWER ON"});
    const auto told = result_in_time("a-1");
    EXPECT_EQ(told["result"], "sent") << told;
    EXPECT_EQ(told["gateway"], "test");
    const auto kept = audit("a-1");
    EXPECT_EQ(kept["state"], "sent");
    EXPECT_EQ(kept["from"], "upstream");
    EXPECT_EQ(kept["upstream"], "cloud");
    EXPECT_EQ(kept["payload"], "ON");
    EXPECT_THAT(gateway.log(),
                HasSubstr("command_taken from=\"upstream cloud\" id=\"a-1\" topic=\"cmnd/kitchen/POWER\""));
    EXPECT_THAT(gateway.log(), HasSubstr("state=sent"));
    EXPECT_THAT(gateway.get("/metrics"), HasSubstr("tidegate_commands_total{result=\"sent\"} 1"));
}

TEST_F(CommandsTest, ShowTheStateOfTheWaysThatTheyTake)
{
    const auto link = [this](const std::string& way) {
        const auto answer = gateway.json("/api/v1/commands");
        for (const auto& one : answer.at("links"))
            if (one["way"] == way) return one;
        return json();
    };
    ASSERT_TRUE(wait_until([&] { return link("from_upstream").value("up", false); }, 20s));
    EXPECT_EQ(link("from_upstream")["name"], "cloud");
    EXPECT_EQ(link("to_devices")["name"], "broker");
    EXPECT_EQ(link("results")["up"], true) << "nothing is known against it";

    site.stop();
    const auto posted = gateway.post_json(
        "/api/v1/commands", {{"topic", "cmnd/kitchen/POWER"}, {"payload", "ON"}, {"expires_in_s", 60}});
    ASSERT_EQ(posted.status, 202);

    ASSERT_TRUE(wait_until([&] { return link("to_devices")["up"] == false; }, 20s)) << gateway.log();
    EXPECT_THAT(link("to_devices")["why"].get<std::string>(), HasSubstr(site.url()));
    EXPECT_THAT(gateway.get("/metrics"),
                HasSubstr("tidegate_command_link_up{name=\"broker\",way=\"to_devices\"} 0"));
    site.start();
    EXPECT_TRUE(wait_until([&] { return link("to_devices")["up"] == true; }, 20s));
    EXPECT_TRUE(becomes(posted.body["id"], "sent"));
}

TEST_F(CommandsTest, GoFromTheApiToTheDevice)
{
    const auto posted =
        gateway.post_json("/api/v1/commands", {{"topic", "cmnd/kitchen/POWER"}, {"payload", "ON"}});
    EXPECT_EQ(posted.status, 202) << posted.body;
    EXPECT_TRUE(becomes(posted.body["id"], "sent")) << gateway.log();
    EXPECT_EQ(device.lines(), Lines{"cmnd/kitchen/POWER ON"});
    EXPECT_TRUE(results.lines().empty()) << "nobody upstream asked";
}

TEST_F(CommandsTest, ThatAreNotAllowedAreRefusedWithWhatToDoAndKeptInTheAudit)
{
    const auto posted = gateway.post_json(
        "/api/v1/commands", {{"id", "b-1"}, {"topic", "cmnd/kitchen/Upgrade"}, {"payload", "1"}});
    EXPECT_EQ(posted.status, 403);
    EXPECT_THAT(posted.body["detail"].get<std::string>(), HasSubstr("[commands] allow"));
    EXPECT_EQ(audit("b-1")["state"], "refused");
    EXPECT_EQ(gateway.post_json("/api/v1/commands", {{"topic", "cmnd/#"}, {"payload", "1"}}).status, 400);
    EXPECT_EQ(gateway.post_json("/api/v1/commands", "ON").status, 400);

    auto from_there = command("b-2", "1");
    from_there["topic"] = "cmnd/kitchen/Upgrade";
    from_cloud(from_there);
    const auto told = result_in_time("b-2");
    EXPECT_EQ(told["result"], "refused");
    EXPECT_THAT(told["why"].get<std::string>(), HasSubstr("not allowed"));
    EXPECT_TRUE(device.lines().empty());
}

TEST_F(CommandsTest, AreNotRepeatedWhenTheyComeAgainAlsoAfterAKill)
{
    const auto once = command("c-1", "TOGGLE");
    from_cloud(once);
    from_cloud(once);
    ASSERT_EQ(result_in_time("c-1")["result"], "sent");
    gateway.kill();
    from_cloud(once);
    gateway.start();
    from_cloud(once);
    from_cloud(command("c-2", "the last"));

    ASSERT_EQ(result_in_time("c-2")["result"], "sent") << gateway.log();
    EXPECT_THAT(device.payloads(), ElementsAre("TOGGLE", "the last"));
    EXPECT_TRUE(wait_until([&] { return results.lines().size() >= 3; })) << "who asks again is told again";
    for (const auto& line : results.payloads()) EXPECT_EQ(json::parse(line)["result"], "sent");
    EXPECT_EQ(gateway.json("/api/v1/commands")["commands"].size(), 2);
    EXPECT_EQ(gateway.json("/api/v1/commands")["commands"][0]["id"], "c-2") << "the newest first";
}

TEST_F(CommandsTest, ThatCameWhileTheGatewayWasAwayAreSentUnlessTheyAreTooOld)
{
    gateway.stop();
    auto old = command("d-1", "ON", 60);
    old["issued"] = wall_ms() - 61'000;
    from_cloud(old);
    from_cloud(command("d-2", "OFF", 60));
    gateway.start();

    EXPECT_EQ(result_in_time("d-1")["result"], "expired");
    EXPECT_EQ(result_in_time("d-2")["result"], "sent");
    EXPECT_EQ(device.payloads(), Lines{"OFF"});
}

TEST_F(CommandsTest, WaitForABrokerThatIsAwayUntilTheyAreTooOld)
{
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }, 20s));
    site.stop();
    from_cloud(command("e-1", "ON", 2));
    from_cloud(command("e-2", "OFF", 60));
    EXPECT_EQ(result_in_time("e-1")["result"], "expired");
    EXPECT_EQ(audit("e-2")["state"], "waiting");
    gateway.kill();  // what waits outlives it
    gateway.start();
    site.start();

    EXPECT_EQ(result_in_time("e-2")["result"], "sent") << gateway.log();
    ASSERT_TRUE(wait_until([&] { return !device.lines().empty(); }, 20s));
    EXPECT_EQ(device.payloads(), Lines{"OFF"});
}

TEST_F(CommandsTest, ThatWereBeingSentWhenTheGatewayWasKilledAreNotSentAgain)
{
    from_cloud(command("f-0", "first"));
    ASSERT_EQ(result_in_time("f-0")["result"], "sent");
    site.freeze();  // it keeps the connection and acknowledges nothing
    from_cloud(command("f-1", "TOGGLE"));
    ASSERT_TRUE(becomes("f-1", "sending"));
    gateway.kill();
    site.thaw();
    gateway.start();

    EXPECT_EQ(result_in_time("f-1")["result"], "unconfirmed");
    from_cloud(command("f-2", "last"));
    ASSERT_EQ(result_in_time("f-2")["result"], "sent");
    ASSERT_TRUE(wait_until([&] { return !device.lines().empty() && device.payloads().back() == "last"; }));
    const auto heard = device.payloads();
    EXPECT_LE(std::ranges::count(heard, "TOGGLE"), 1);
}

TEST_F(CommandsTest, HaveTheirResultsToldOnceTheCloudIsBack)
{
    from_cloud(command("g-1", "ON", 600));
    ASSERT_EQ(result_in_time("g-1")["result"], "sent");
    site.stop();
    from_cloud(command("g-2", "OFF", 600));
    ASSERT_TRUE(becomes("g-2", "waiting"));
    cloud.stop();
    site.start();
    ASSERT_TRUE(becomes("g-2", "sent")) << gateway.log();
    cloud.start();

    EXPECT_EQ(result_in_time("g-2")["result"], "sent");
}

TEST(RetainedCommands, AreNotObeyed)
{
    const Broker site, cloud;
    const Listener device(site.port(), "cmnd/#");
    const Listener results(cloud.port(), "tidegate/test/down/result");
    cloud.publish("tidegate/test/down", CommandsTest::command("h-1", "ON").dump(), {"-r"});
    const Gateway gateway(site.url(), "", CommandsTest::configured(cloud));
    ASSERT_TRUE(wait_until([&] { return gateway.log().find("command_refused") != std::string::npos; }, 20s));
    EXPECT_THAT(gateway.log(), HasSubstr("it is retained"));

    cloud.publish("tidegate/test/down", CommandsTest::command("h-2", "OFF").dump());

    ASSERT_TRUE(device.hears(1));
    EXPECT_EQ(device.payloads(), Lines{"OFF"});
}

}  // namespace
}  // namespace tidegate::tests
