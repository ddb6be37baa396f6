#include "web/server/live_protocol.hpp"

#include <gmock/gmock.h>

namespace tidegate::web {
namespace {

using testing::ElementsAre;
using Kind = ClientMessage::Kind;

TEST(ClientMessage, ReadsAHello)
{
    const auto message = parse_client_message(
        R"({"k":"hello","v":1,"epoch":"b7c1","seq":48213,"rate":400,"sub":{"match":["plant/#","a/+"]},"new":[1]})");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->kind, Kind::hello);
    EXPECT_EQ(message->epoch, "b7c1");
    EXPECT_EQ(message->seq, 48213U);
    EXPECT_EQ(message->rate, 500);
    ASSERT_TRUE(message->wish);
    EXPECT_FALSE(message->wish->all);
    EXPECT_THAT(message->wish->match, ElementsAre("plant/#", "a/+"));
}

TEST(ClientMessage, LeavesOutWhatWasNotSaid)
{
    const auto message = parse_client_message(R"({"k":"hello","v":1})");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->epoch, "");
    EXPECT_FALSE(message->rate);
    EXPECT_FALSE(message->wish);
}

TEST(ClientMessage, RoundsARateUpToItsClass)
{
    EXPECT_EQ(rate_class(0), 20);
    EXPECT_EQ(rate_class(21), 50);
    EXPECT_EQ(rate_class(100), 100);
    EXPECT_EQ(rate_class(101), 250);
    EXPECT_EQ(rate_class(2000), 2000);
    EXPECT_EQ(rate_class(999'999), 5000);
}

TEST(ClientMessage, KnowsItsKindsAndIgnoresOthers)
{
    const auto kind = [](const char* text) { return parse_client_message(text)->kind; };
    EXPECT_EQ(kind(R"({"k":"set","rate":2000,"sub":{"ids":[3,4,12]}})"), Kind::set);
    EXPECT_EQ(kind(R"({"k":"pause"})"), Kind::pause);
    EXPECT_EQ(kind(R"({"k":"resume"})"), Kind::resume);
    EXPECT_EQ(kind(R"({"k":"h"})"), Kind::heartbeat);
    EXPECT_EQ(kind(R"({"k":"later"})"), Kind::unknown);
}

TEST(ClientMessage, RefusesWhatItDoesNotUnderstand)
{
    const std::string bad[] = {
        "",
        "x",
        "[]",
        "{}",
        R"({"k":1})",
        "{\"k\":\"h\"",
        std::string(16'000, '['),
        R"({"k":"hello"})",
        R"({"k":"hello","v":2})",
        R"({"k":"hello","v":"1"})",
        R"({"k":"hello","v":1,"seq":-1})",
        R"({"k":"hello","v":1,"epoch":7})",
        R"({"k":"hello","v":1,"rate":"fast"})",
        R"({"k":"set","sub":[]})",
        R"({"k":"set","sub":{}})",
        R"({"k":"set","sub":{"all":1,"ids":[1]}})",
        R"({"k":"set","sub":{"match":[]}})",
        R"({"k":"set","sub":{"match":["a#"]}})",
        R"({"k":"set","sub":{"match":[1]}})",
        R"({"k":"set","sub":{"ids":[0]}})",
        R"({"k":"set","sub":{"ids":[-1]}})",
        R"({"k":"set","sub":{"ids":[4294967296]}})",
    };
    for (const auto& text : bad) EXPECT_FALSE(parse_client_message(text)) << text;
}

TEST(ClientMessage, HoldsListsToTheirLimits)
{
    const auto with = [](const std::string& name, const std::string& item, int count) {
        std::string text = R"({"k":"set","sub":{")" + name + "\":[" + item;
        for (int i = 1; i < count; ++i) text += ',' + item;
        return bool(parse_client_message(text + "]}}"));
    };
    EXPECT_TRUE(with("match", "\"a\"", 64));
    EXPECT_FALSE(with("match", "\"a\"", 65));
    EXPECT_TRUE(with("ids", "7", 256));
    EXPECT_FALSE(with("ids", "7", 257));
    EXPECT_FALSE(parse_client_message(R"({"k":"h","x":")" + std::string(16 * 1024, 'a') + "\"}"));
}

}  // namespace
}  // namespace tidegate::web
