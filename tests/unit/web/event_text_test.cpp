#include "web/server/event_text.hpp"

#include "web/server/live_protocol.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

TEST(EventText, NamesAnEventByItsMessagesKind)
{
    EXPECT_EQ(event_head("b7c1", 12, R"({"k":"welcome","v":1})"), "id: b7c1:12\nevent: welcome\ndata: ");
    EXPECT_EQ(event_head("b7c1", 0, R"({"k":"d"})"), "id: b7c1:0\nevent: d\ndata: ");
}

TEST(EventText, ReadsAnIdThatItWroteAndNoOther)
{
    EXPECT_EQ(read_event_id("b7c1:12"), std::pair(std::string("b7c1"), store::Version{12}));
    for (const auto* text : {"", "12", "b7c1", "b7c1:", "b7c1:-1", "b7c1:1.5", "b7c1:12 ", "b7c1:1:2",
                             "b7c1:18446744073709551616"})
        EXPECT_FALSE(read_event_id(text)) << text;
}

TEST(EventText, RoundsTheRateUpAndFollowsAllByDefault)
{
    Request request;
    EXPECT_EQ(read_event_request(request)->rate, default_rate);
    EXPECT_TRUE(read_event_request(request)->wish.all);
    request.query["rate"] = "600";
    EXPECT_EQ(read_event_request(request)->rate, 1000);
    request.last_event_id = "b7c1:7";
    EXPECT_EQ(read_event_request(request)->epoch, "b7c1");
    EXPECT_EQ(read_event_request(request)->seq, 7U);
}

}  // namespace
}  // namespace tidegate::web
