#include "gateway/trials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json tried(const Trials& trials, const json& message)
{
    const auto answer = trials.take(message.dump());
    return answer ? json::parse(*answer) : json(answer.error().what);
}

TEST(Trials, SayWhatAMessageWouldGiveAndWhichDecoderReadIt)
{
    const Trials trials;
    const auto said =
        tried(trials, {{"topic", "tele/kitchen/SENSOR"},
                       {"payload", R"({"Time":"2026-01-01T00:00:00","AM2301":{"Temperature":21.4}})"}});
    EXPECT_EQ(said["decoder"], "tasmota");
    EXPECT_EQ(said["reason"], "");
    ASSERT_EQ(said["readings"].size(), 1U) << said;
    EXPECT_EQ(said["readings"][0]["value"], 21.4);
    EXPECT_EQ(said["readings"][0]["unit"], "°C");
    EXPECT_THAT(said["what"].get<std::string>(),
                HasSubstr("1 reading, read as tasmota because its topic is one of tasmota's"));
    EXPECT_EQ(said["chosen"], "topic");
}

TEST(Trials, SayWhyAMessageWouldBeRejected)
{
    const auto said = tried(Trials(), {{"topic", "plant/a"}, {"payload", "{\"x\":"}});
    EXPECT_EQ(said["reason"], "malformed");
    EXPECT_TRUE(said["readings"].empty());
    EXPECT_EQ(said["what"],
              "rejected, malformed: no JSON: it ends after 5 bytes, inside the object that begins at byte 1; "
              "was it cut off on the way?");
}

TEST(Trials, GoByTheRulesThatAreInEffect)
{
    Config config;
    Rule rule;
    rule.topic = "plant/#";
    rule.decoder = "text";
    rule.place = "tidegate.toml:3";
    config.rules.push_back(rule);
    Trials trials;
    const json message{{"topic", "plant/a"}, {"payload", "21.5"}};
    EXPECT_EQ(tried(trials, message)["decoder"], "scalar");
    trials.use(config);
    const auto said = tried(trials, message);
    EXPECT_EQ(said["decoder"], "text");
    EXPECT_EQ(said["readings"][0]["value"], "21.5");
    EXPECT_EQ(said["readings"][0]["rule"], json({1}));
    EXPECT_EQ(said["chosen"], "rule");
    EXPECT_EQ(said["rule"], "tidegate.toml:3");
}

TEST(Trials, TakeBytesAndRefuseWhatIsNoMessage)
{
    EXPECT_EQ(tried(Trials(), {{"topic", "plant/a"}, {"payload_base64", "MjEuNQ=="}})["readings"][0]["value"],
              21.5);
    for (const auto& wrong :
         {json::array(), json{{"topic", "a"}}, json{{"payload", "1"}}, json{{"topic", ""}, {"payload", "1"}},
          json{{"topic", "a"}, {"payload_base64", "!"}}})
        EXPECT_EQ(Trials().take(wrong.dump()).error().kind, ErrorKind::invalid) << wrong;
    EXPECT_EQ(Trials().take("no json").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tidegate::gateway
