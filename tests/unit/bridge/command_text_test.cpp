#include "bridge/command_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::bridge {
namespace {

std::string wrong(std::string_view json)
{
    CommandRequest request;
    const auto read = read_command(json, request);
    if (read) return "";
    EXPECT_EQ(read.error().kind, ErrorKind::invalid);
    return read.error().what;
}

TEST(CommandText, IsReadWithAllItsKeys)
{
    CommandRequest request;
    ASSERT_TRUE(read_command(R"({"id":"a-1","topic":"cmnd/x","payload":"{\"on\":true}","qos":2,)"
                             R"("expires_in_s":30,"issued":1764000000000,"broker":"north"})",
                             request));
    EXPECT_EQ(request.id, "a-1");
    EXPECT_EQ(request.topic, "cmnd/x");
    EXPECT_EQ(request.payload, R"({"on":true})");
    EXPECT_EQ(request.qos, 2);
    EXPECT_EQ(request.expires_in_ms, 30'000);
    EXPECT_EQ(request.issued_ms, 1'764'000'000'000);
    EXPECT_EQ(request.broker, "north");
}

TEST(CommandText, NeedsATopicAndAPayload)
{
    EXPECT_NE(wrong(R"({"topic":"a"})"), "");
    EXPECT_NE(wrong(R"({"payload":"a"})"), "");
    EXPECT_EQ(wrong(R"({"topic":"a","payload":""})"), "");
}

TEST(CommandText, RefusesWhatItDoesNotUnderstandInsteadOfObeyingHalf)
{
    for (const auto* json : {"",
                             "[]",
                             "null",
                             "1",
                             "{",
                             R"({"topic":"a","payload":1})",
                             R"({"topic":["a"],"payload":"1"})",
                             R"({"topic":"a","payload":"1","expires_in":5})",
                             R"({"topic":"a","payload":"1","expires_in_s":0})",
                             R"({"topic":"a","payload":"1","expires_in_s":-5})",
                             R"({"topic":"a","payload":"1","expires_in_s":1.5})",
                             R"({"topic":"a","payload":"1","expires_in_s":604801})",
                             R"({"topic":"a","payload":"1","expires_in_s":18446744073709551615})",
                             R"({"topic":"a","payload":"1","expires_in_s":1e400})",
                             R"({"topic":"a","payload":"1","qos":3})",
                             R"({"topic":"a","payload":"1","qos":"1"})",
                             R"({"topic":"a","payload":"1","issued":-1})",
                             R"({"topic":"a","payload":"1","retain":true})",
                             R"({"topic":"a","payload":"1","id":""})",
                             R"({"topic":"a","payload":"1","id":"a b"})",
                             R"({"topic":"a","payload":"1","id":7})",
                             "{\"topic\":\"\xff\",\"payload\":\"1\"}"})
        EXPECT_NE(wrong(json), "") << json;
    EXPECT_NE(wrong(R"({"topic":"a","payload":"1","id":")" + std::string(129, 'x') + "\"}"), "");
    EXPECT_NE(wrong(std::string(100'000, '[')), "");
}

TEST(CommandText, GivesTheIdAlsoOfWhatIsRefusedForSomethingElse)
{
    CommandRequest request;
    EXPECT_FALSE(read_command(R"({"topic":7,"id":"a-1"})", request));
    EXPECT_EQ(request.id, "a-1");
}

TEST(CommandText, OfAResultSaysWhatBecameOfWhichCommand)
{
    store::Command command;
    command.id = "a-1";
    command.topic = "cmnd/\"x\"";
    command.state = store::CommandState::expired;
    command.why = "too old";
    command.ended_ms = 1'764'000'000'000;
    const auto result = nlohmann::json::parse(result_json(command, "pi-1"));
    EXPECT_EQ(result, (nlohmann::json{{"gateway", "pi-1"},
                                      {"id", "a-1"},
                                      {"topic", "cmnd/\"x\""},
                                      {"result", "expired"},
                                      {"why", "too old"},
                                      {"at", 1'764'000'000'000}}));
}

}  // namespace
}  // namespace tidegate::bridge
