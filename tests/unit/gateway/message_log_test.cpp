#include "gateway/message_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

constexpr std::int64_t now_ms = 1'764'000'000'000;

struct MessageLogTest : testing::Test {
    void take(std::string_view topic, std::string_view payload)
    {
        Decoded decoded;
        decoded.decoder = "json";
        decoded.fields.resize(2);
        log.took({.topic = topic, .payload = payload, .arrived_ms = now_ms}, decoded);
    }
    void hold_back(std::string_view topic, std::int64_t at_ms)
    {
        log.held_back({.topic = topic, .payload = "x", .arrived_ms = at_ms});
    }

    MessageLog log;
};

TEST_F(MessageLogTest, RemembersTheLastMessageOfEachTopicAndWhatReadIt)
{
    take("a", "{\"x\":1}");
    take("b", "{}");
    take("a", "{\"x\":2}");
    const auto seen = log.last({"a", "nobody"}).messages;
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].payload, "{\"x\":2}");
    EXPECT_EQ(seen[0].decoder, "json");
    EXPECT_EQ(seen[0].readings, 2U);
    EXPECT_EQ(seen[0].at_ms, now_ms);
}

TEST_F(MessageLogTest, RemembersWhyItWasReadSo)
{
    Decoded decoded;
    decoded.decoder = "json";
    decoded.chosen = Chosen::rule;
    decoded.rule = "tidegate.toml:12";
    log.took({.topic = "a", .payload = "{}", .arrived_ms = now_ms}, decoded);
    const auto seen = log.last({"a"}).messages;
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].chosen, "rule");
    EXPECT_EQ(seen[0].rule, "tidegate.toml:12");
}

TEST_F(MessageLogTest, KeepsNoMoreThanTheBeginningOfAPayloadAndTheTopicsThatWereHeardLast)
{
    take("first", std::string(1000, 'x'));
    const auto seen = log.last({"first"}).messages;
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].payload.size(), MessageLog::payload_kept);
    EXPECT_EQ(seen[0].bytes, 1000U);

    take("second", "1");
    for (std::size_t i = 2; i < MessageLog::most_topics; ++i) take("t" + std::to_string(i), "1");
    take("first", "again");
    take("one more", "1");
    EXPECT_THAT(log.last({"second"}).messages, IsEmpty()) << "it was silent for longest";
    EXPECT_THAT(log.last({"first", "one more"}).messages, SizeIs(2));
}

TEST_F(MessageLogTest, TellsTheNewestRejectedFirstWithTheReason)
{
    for (int i = 0; i < 150; ++i)
        log.rejected({.topic = "bad", .payload = std::to_string(i), .arrived_ms = now_ms},
                     rejected(store::Reject::malformed, "at byte 3"));
    const auto seen = log.rejected(now_ms).messages;
    ASSERT_THAT(seen, SizeIs(MessageLog::most_rejected));
    EXPECT_EQ(seen[0].payload, "149");
    EXPECT_EQ(seen[0].reason, "malformed");
    EXPECT_EQ(seen[0].why, "at byte 3");
    EXPECT_EQ(log.last({"bad"}).messages.at(0).reason, "malformed") << "it is the last of its topic, too";
}

TEST_F(MessageLogTest, CountsWhatARuleHoldsBackOverTheLastMinutes)
{
    for (int i = 0; i < 3; ++i) hold_back("quick", now_ms);
    hold_back("slow", now_ms);
    hold_back("quick", now_ms + 60'000);
    EXPECT_THAT(log.rejected(now_ms + 60'000).limited, ElementsAre(Pair("quick", 4), Pair("slow", 1)));
    EXPECT_THAT(log.rejected(now_ms + 5 * 60'000).limited, ElementsAre(Pair("quick", 1)));
    EXPECT_THAT(log.rejected(now_ms + 60 * 60'000).limited, IsEmpty());
    hold_back("quick", now_ms - 60'000);
    EXPECT_THAT(log.rejected(now_ms + 60'000).limited, ElementsAre(Pair("quick", 5), Pair("slow", 1)))
        << "a clock that went back loses no count";
}

}  // namespace
}  // namespace tidegate::gateway
