#include "web/server/live_protocol.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tidegate::web {
namespace {

store::Latest latest(store::SeriesId id,
                     store::Value value,
                     std::int64_t heard_ms,
                     std::int64_t interval_ms = 0)
{
    store::Latest result;
    result.series = id;
    result.value = std::move(value);
    result.heard_ms = heard_ms;
    result.interval_ms = interval_ms;
    return result;
}

struct LiveFrames : testing::Test {
    store::Latest three = latest(3, 21.4, 900, 1000);
    store::Latest four = latest(4, std::nan(""), 0);
    store::Latest sixteen = latest(16, std::string("open"), 1200);
    store::Latest eighteen = latest(18, (std::int64_t{1} << 53) + 1, 400);
    Update update{7, 9, 1000, false, {}, {}};
};

TEST_F(LiveFrames, CodeIdsAsGaps)
{
    update.changed = {{&three, {}}, {&four, {}}, {&sixteen, {}}};
    update.heard = {{&eighteen, {}}};
    EXPECT_EQ(update_frame(update),
              R"({"k":"d","from":7,"seq":9,"t":1000,"g":[3,1,12],"v":[21.4,null,"open"],"u":[18]})");
}

TEST_F(LiveFrames, SayInAFullUpdateHowOldAndHowFreshEachValueIs)
{
    update.from = 0;
    update.changed = {{&three, store::Freshness::fresh},
                      {&four, store::Freshness::never},
                      {&sixteen, store::Freshness::late}};
    EXPECT_EQ(update_frame(update),
              R"({"k":"d","from":0,"seq":9,"t":1000,"g":[3,1,12],"v":[21.4,null,"open"],"u":[],)"
              R"("a":[100,-1,0],"i":[1000,0,0],"o":[0,3,1]})");
}

TEST_F(LiveFrames, SayAgesWhenAnUpdateSpansMoreThanOneRate)
{
    update.ages = true;
    update.changed = {{&three, {}}};
    update.heard = {{&eighteen, {}}};
    EXPECT_EQ(update_frame(update),
              R"({"k":"d","from":7,"seq":9,"t":1000,"g":[3],"v":[21.4],"u":[18],"a":[100],"ua":[600]})");
}

TEST_F(LiveFrames, WrapIntegersBeyondTwoToThe53)
{
    update.changed = {{&eighteen, {}}};
    EXPECT_NE(update_frame(update).find(R"("v":[{"i":"9007199254740993"}])"), std::string::npos);
}

TEST_F(LiveFrames, SayFreshnessInColumns)
{
    EXPECT_EQ(freshness_frame({{&three, store::Freshness::stale}, {&sixteen, store::Freshness::fresh}}),
              R"({"k":"st","g":[3,13],"s":[2,0]})");
}

TEST(LiveMessages, AreWhatTheProtocolSays)
{
    Welcome welcome{"b7", "b6", "pi", "0.1.0", 5, 1000, 500, 5000, true, 86};
    EXPECT_EQ(
        welcome_frame(welcome),
        R"({"k":"welcome","v":1,"epoch":"b7","run":"b6","seq":5,"t":1000,"rate":500,"resume":true,"hb":5000,)"
        R"("gateway":"pi","build":"0.1.0","rev":86})");
    EXPECT_EQ(catalogue_frame(87), R"({"k":"cat","rev":87})");
    EXPECT_EQ(heartbeat_frame(5, 1000), R"({"k":"h","seq":5,"t":1000})");
    EXPECT_EQ(bye_frame("restart"), R"({"k":"bye","why":"restart"})");
}

}  // namespace
}  // namespace tidegate::web
