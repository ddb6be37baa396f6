#include "gateway/ingest/posted_readings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::gateway {
namespace {

using Outcome = web::PostResult::Outcome;

TEST(PostedReadings, AreReadBackAsTheyWerePosted)
{
    const auto post = unpack_readings(
        R"([{"topic":"plant/a","field":"/level","t":1764000000000,"v":21.4},{"topic":"plant/a","v":9007199254740993},
            {"topic":"plant/a","field":"/door","v":true},{"topic":"plant/b","v":"open"}])",
        {});
    EXPECT_EQ(post.result.outcome, Outcome::committed);
    EXPECT_EQ(post.result.taken, 4U);
    ASSERT_EQ(post.messages.size(), 2U);  // one a topic
    const auto decoded = read_posted_readings(post.messages[0].payload, {});
    ASSERT_EQ(decoded.fields.size(), 3U);
    EXPECT_EQ(decoded.fields[0].pointer, "/level");
    EXPECT_EQ(decoded.fields[0].time_ms, 1'764'000'000'000);
    EXPECT_EQ(decoded.fields[0].value, store::Value(21.4));
    EXPECT_EQ(decoded.fields[1].value, store::Value(std::int64_t{9007199254740993}));
    EXPECT_EQ(decoded.fields[1].time_ms, 0);
    EXPECT_EQ(decoded.fields[2].value, store::Value(true));
    EXPECT_EQ(read_posted_readings(post.messages[1].payload, {}).fields.at(0).value,
              store::Value(std::string("open")));
}

TEST(PostedReadings, TakeAPayloadAsIfItCameByMqtt)
{
    const auto post = unpack_readings(
        R"([{"topic":"a","payload":"21.5"},{"topic":"b","payload":{"T":1}},{"topic":"c","payload_base64":"AQID"}])",
        {});
    ASSERT_EQ(post.messages.size(), 3U);
    for (const auto& message : post.messages) EXPECT_EQ(message.form, bridge::Form::plain);
    EXPECT_EQ(post.messages[0].payload, "21.5");
    EXPECT_EQ(post.messages[1].payload, R"({"T":1})");
    EXPECT_EQ(post.messages[2].payload, std::string("\x01\x02\x03"));
}

TEST(PostedReadings, MayBeOneWithoutAList)
{
    EXPECT_EQ(unpack_readings(R"({"topic":"a","v":1})", {}).messages.size(), 1U);
    EXPECT_TRUE(unpack_readings("[]", {}).messages.empty());
}

TEST(PostedReadings, AreTakenAllOrNone)
{
    const auto post = unpack_readings(R"([{"topic":"a","v":1},{"topic":"b/#","v":1}])", {});
    EXPECT_EQ(post.result.outcome, Outcome::invalid);
    EXPECT_TRUE(post.messages.empty());
    EXPECT_TRUE(post.result.why.starts_with("entry 1: topic must be there")) << post.result.why;
}

TEST(PostedReadings, SayWhatIsWrongWithThem)
{
    const std::pair<const char*, const char*> wrong[] = {
        {"", "no JSON list"},
        {"nonsense", "no JSON list"},
        {"[1]", "entry 0: it must be an object"},
        {R"([{"v":1}])", "topic must be there"},
        {R"([{"topic":"","v":1}])", "topic must be there"},
        {R"([{"topic":"$SYS/x","v":1}])", "topic must be there"},
        {R"([{"topic":"a\u0000","v":1}])", "topic must be there"},
        {R"([{"topic":"a"}])", "v must be there"},
        {R"([{"topic":"a","v":[1]}])", "v must be there"},
        {R"([{"topic":"a","v":1,"t":1.5}])", "t must be milliseconds"},
        {R"([{"topic":"a","v":1,"t":-1}])", "t must be milliseconds"},
        {R"([{"topic":"a","v":1,"t":99999999999999999}])", "t must be milliseconds"},
        {R"([{"topic":"a","v":1,"t":18446744073709551615}])", "t must be milliseconds"},
        {R"([{"topic":"a","field":"level","v":1}])", "field must be empty or a JSON Pointer"},
        {R"([{"topic":"a","value":1,"v":1}])", "unknown key \"value\""},
        {R"([{"topic":"a","payload_base64":"?"}])", "payload_base64 is no base64"},
    };
    for (const auto& [body, what] : wrong) {
        const auto post = unpack_readings(body, {});
        EXPECT_EQ(post.result.outcome, Outcome::invalid) << body;
        EXPECT_NE(post.result.why.find(what), std::string::npos) << body << ": " << post.result.why;
    }
}

TEST(PostedReadings, AreRefusedBeforeTheirTreeIsMadeWhereThatWouldBeLarge)
{
    std::string body = "[{}";
    for (int i = 0; i < 700'000; ++i) body += ",{}";
    const auto post = unpack_readings(body + "]", {});
    EXPECT_EQ(post.result.outcome, Outcome::invalid);
    EXPECT_NE(post.result.why.find("lists and objects"), std::string::npos) << post.result.why;
}

TEST(PostedReadings, MayNotBeNestedWithoutEnd)
{
    const std::string deep = R"([{"topic":"a","payload":)" + std::string(100'000, '[');
    EXPECT_EQ(unpack_readings(deep, {}).result.outcome, Outcome::invalid);
}

TEST(PostedReadings, OfNullAreAbsent)
{
    const auto post = unpack_readings(R"([{"topic":"a","v":null},{"topic":"a","v":1}])", {});
    const auto decoded = read_posted_readings(post.messages.at(0).payload, {});
    EXPECT_EQ(decoded.absent, 1U);
    EXPECT_EQ(decoded.fields.size(), 1U);
}

TEST(PostedReadings, AreReadBackWhateverTheLargestPayloadIs)
{
    std::string body = "[";
    for (int i = 0; i < 40; ++i) body += (i == 0 ? "" : ",") + std::string(R"({"topic":"a","v":1})");
    body += "]";
    for (std::size_t most = 20; most < 120; ++most) {
        DecodeLimits limits;
        limits.payload = most;
        std::size_t read = 0;
        for (const auto& message : unpack_readings(body, limits).messages) {
            EXPECT_LE(message.payload.size(), most);
            read += read_posted_readings(message.payload, limits).fields.size();
            DecodeLimits smaller;  // by which the configuration goes when it is taken from the ring
            smaller.payload = 10;
            EXPECT_FALSE(read_posted_readings(message.payload, smaller).rejected);
        }
        EXPECT_EQ(read, 40U) << most;
    }
}

TEST(PostedReadings, SplitWhatIsMoreThanOneMessageMayHold)
{
    DecodeLimits limits;
    limits.fields = 10;
    std::string body;
    for (int i = 0; i < 25; ++i)
        body += (i == 0 ? "[" : ",") + std::string(R"({"topic":"a","v":)") + std::to_string(i) + "}";
    EXPECT_EQ(unpack_readings(body + "]", limits).messages.size(), 3U);
}

}  // namespace
}  // namespace tidegate::gateway
