#include "gateway/ingest/posted_lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::gateway {
namespace {

constexpr std::int64_t nanosecond = 1;
constexpr std::int64_t second = 1'000'000'000;

Decoded only_message(const UnpackedPost& post)
{
    EXPECT_EQ(post.messages.size(), 1U);
    EXPECT_EQ(post.messages.front().form, bridge::Form::lines);
    return read_posted_lines(post.messages.front().payload, {});
}

TEST(PostedLines, AreReadBackAsTheyWerePosted)
{
    const auto post =
        unpack_lines("influx/plant", "cpu,host=a idle=97.5,busy=3i 1764000000000000000\n", nanosecond, {});
    EXPECT_EQ(post.result.outcome, web::PostResult::Outcome::committed);
    EXPECT_EQ(post.result.taken, 2U);
    EXPECT_EQ(post.messages.at(0).topic, "influx/plant");
    const auto decoded = only_message(post);
    ASSERT_EQ(decoded.fields.size(), 2U);
    EXPECT_EQ(decoded.fields[0].pointer, "/cpu/idle");
    EXPECT_EQ(decoded.fields[0].source, "host=a");
    EXPECT_EQ(decoded.fields[0].time_ms, 1'764'000'000'000);
    EXPECT_EQ(decoded.fields[1].value, store::Value(std::int64_t{3}));
}

TEST(PostedLines, CountTheirTimesInTheUnitThatWasSaid)
{
    const auto time_of = [](const char* line, std::int64_t unit) {
        return only_message(unpack_lines("influx/x", line, unit, {})).fields.at(0).time_ms;
    };
    EXPECT_EQ(time_of("a v=1 1764000000", second), 1'764'000'000'000);
    EXPECT_EQ(time_of("a v=1 1764000000000", 1'000'000), 1'764'000'000'000);
    EXPECT_EQ(time_of("a v=1 1764000000000000", 1000), 1'764'000'000'000);
    EXPECT_EQ(time_of("a v=1 490000", 3600 * second), 1'764'000'000'000);
    // Not guessed by its size: a second's worth of nanoseconds is 1970.
    EXPECT_EQ(time_of("a v=1 1764000000", nanosecond), 1764);
    EXPECT_EQ(time_of("a v=1", nanosecond), 0);
    EXPECT_GT(time_of("a v=1 9223372036854775807", 3600 * second), 1'764'000'000'000);  // and no overflow
}

TEST(PostedLines, KeepTheGoodOnesOfABadPostAndCountTheOthers)
{
    const auto post =
        unpack_lines("influx/x", "a v=1\nnonsense\n\n# remark\nb v=\nc v=2\r\n", nanosecond, {});
    EXPECT_EQ(post.result.outcome, web::PostResult::Outcome::partly);
    EXPECT_EQ(post.result.taken, 2U);
    EXPECT_EQ(post.result.dropped, 2U);
    EXPECT_EQ(post.result.why, "partial write: line 2 is no line protocol: nonsense dropped=2");
    ASSERT_EQ(post.messages.size(), 2U);
    EXPECT_EQ(read_posted_lines(post.messages[0].payload, {}).fields.size(), 2U);
    EXPECT_EQ(read_posted_lines(post.messages[1].payload, {}).rejected, store::Reject::malformed);
}

TEST(PostedLines, SplitWhatIsMoreThanOneMessageMayHold)
{
    DecodeLimits limits;
    limits.fields = 10;
    std::string text;
    for (int i = 0; i < 25; ++i) text += "m v=" + std::to_string(i) + "i\n";
    const auto post = unpack_lines("influx/x", text, nanosecond, limits);
    ASSERT_EQ(post.messages.size(), 3U);
    std::int64_t next = 0;
    for (const auto& message : post.messages) {
        EXPECT_FALSE(read_posted_lines(message.payload, limits).rejected);
        for (const auto& field : read_posted_lines(message.payload, limits).fields)
            EXPECT_EQ(field.value, store::Value(next++));
    }
    EXPECT_EQ(next, 25);
}

TEST(PostedLines, ThatAreLargerThanAPayloadMayBeAreDropped)
{
    DecodeLimits limits;
    limits.payload = 100;
    const auto post = unpack_lines("t", "a v=1\nb v=\"" + std::string(200, 'x') + "\"\n", nanosecond, limits);
    EXPECT_EQ(post.result.taken, 1U);
    EXPECT_EQ(post.result.dropped, 1U);
    for (const auto& message : post.messages) EXPECT_LE(message.payload.size(), 300U);
}

TEST(PostedLines, OfNothingAreNothing)
{
    EXPECT_TRUE(unpack_lines("t", "", nanosecond, {}).messages.empty());
    EXPECT_TRUE(unpack_lines("t", "\n\n# x", nanosecond, {}).messages.empty());
    for (const auto* text : {"", "1", "x\na v=1", "0\na v=1", "-5\na v=1"})
        EXPECT_EQ(read_posted_lines(text, {}).rejected, store::Reject::malformed) << text;
}

}  // namespace
}  // namespace tidegate::gateway
