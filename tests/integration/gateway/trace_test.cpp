// tidegate trace, through the running daemon.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Trace : public testing::Test {
protected:
    Process trace(std::vector<std::string> arguments)
    {
        std::vector<std::string> command{TIDEGATE_BINARY, "trace", "-c",
                                         (gateway.dir() / "tidegate.toml").string()};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return {std::move(command), {.output = dir / "said"}};
    }
    void await_state(const std::string& state) const
    {
        ASSERT_TRUE(wait_until([&] {
            try {
                return gateway.json("/api/v1/trace")["state"] == state;
            } catch (const std::runtime_error&) {
                return false;  // none was begun yet
            }
        }));
    }

    Broker broker, cloud;
    Listener listener{cloud.port(), "tidegate/test/up", {}, "%p"};
    Gateway gateway{broker.url(), "",
                    "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"" + cloud.url() + "\"\n"};
    TempDir dir;
};

TEST_F(Trace, FollowsTheNextMessageThroughEveryStageAndItsRecordCarriesItsName)
{
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    broker.publish("plant/a", "1");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/books")["messages"]["received"] == 1; }));
    auto following = trace({"plant/+", "--seconds", "30"});
    await_state("waiting");
    broker.publish("plant/a", R"({"temperature":21.5,"ok":true})");

    ASSERT_EQ(following.wait(std::chrono::seconds(40)), 0) << following.output();
    const auto said = following.output();
    std::size_t at = 0;
    for (const auto* stage :
         {"plant/a\n", "arrived", "taken", "decoded", "as json: 2 readings", "rules", "live", "handed over",
          "committed", "sent", "to cloud", "acknowledged", "by cloud"}) {
        const auto found = said.find(stage, at);
        ASSERT_NE(found, std::string::npos) << stage << " in\n" << said;
        at = found;
    }
    const auto id = gateway.json("/api/v1/trace")["id"].get<std::string>();
    const auto records = [&] {
        std::vector<json> all;
        for (const auto& line : listener.payloads()) {
            const auto delivery = json::parse(line);
            for (const auto& record : delivery["records"]) all.push_back(record);
        }
        return all;
    };
    ASSERT_TRUE(wait_until([&] { return records().size() == 3; }));
    std::size_t traced = 0;
    for (const auto& record : records()) {
        if (!record.contains("trace")) continue;
        ++traced;
        EXPECT_EQ(record["trace"], id);
        EXPECT_EQ(record["topic"], "plant/a");
    }
    EXPECT_EQ(traced, 2U) << "the readings of that message, and no others";

    broker.publish("plant/a", "2");
    ASSERT_TRUE(wait_until([&] { return records().size() == 4; }));
    EXPECT_FALSE(records().back().contains("trace")) << "nobody asks any more";
}

TEST_F(Trace, SaysThatNoMessageCameAndEndsWithOne)
{
    auto following = trace({"nobody/speaks", "--seconds", "1"});
    EXPECT_EQ(following.wait(std::chrono::seconds(20)), 1);
    EXPECT_THAT(following.output(), HasSubstr("no message came on nobody/speaks within 1 s"));
}

TEST_F(Trace, IsRefusedWhileAnotherOneIsUnderWay)
{
    EXPECT_EQ(gateway.post_json("/api/v1/trace?topic=a", {}).status, 202);
    const auto second = gateway.post_json("/api/v1/trace?topic=b", {});
    EXPECT_EQ(second.status, 409);
    EXPECT_THAT(second.body["detail"].get<std::string>(), HasSubstr("being followed already"));
    EXPECT_EQ(gateway.post_json("/api/v1/trace?topic=a%23", {}).status, 400);
}

}  // namespace
}  // namespace tidegate::tests
