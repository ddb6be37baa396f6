#include "gateway/commands/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

struct StatusText : testing::Test {
    json gateway = json::parse(
        R"({"t":100000000,"started":10000000,"gateway":"pi-1","version":"0.1.0","in":412.3,"rin":1650,
        "full_in":null,"series":1200,"devices":30,"cpu":4.1,"rss":23068672,"ring":{"bytes":1024,"most":16777216},
        "room":{"held":0,"most":1048576},"trouble":"",
        "brokers":[{"id":"broker","up":true,"url":"mqtt://localhost:1883","why":"","mqtt":5}],
        "up":[{"id":"cloud","url":"https://cloud/in","up":true,"why":"","alarm":"","dead":0,"queued":0,"oldest":0,"rate":0}]})");
    json books = json::parse(
        R"({"messages":{"received":1234567,"stored":1234557,"rejected":{"empty":10,"too_large":0}},
        "readings":{"read":4100,"stored":4000,"suppressed":{"retained_again":100}},
        "upstreams":[{"id":"cloud","stored":4000,"delivered":3500,"queued":460,"discarded":{"buffer_full":30,"refused":10}}]})");
    json commands = json::parse(R"({"commands":[],"next":null})");

    json alarms = json::parse(R"({"alarms":[],"next":null})");
    std::string text() const { return status_text(gateway, books, commands, alarms); }
};

TEST_F(StatusText, ShowsTheBooksSoThatTheyCanBeAddedUp)
{
    EXPECT_THAT(text(), HasSubstr("received 1,234,567 = stored 1,234,557 + rejected 10 (empty 10)"));
    EXPECT_THAT(text(), HasSubstr("read 4,100 = stored 4,000 + suppressed 100 (retained_again 100)"));
    EXPECT_THAT(
        text(),
        HasSubstr("stored 4,000 = delivered 3,500 + queued 460 + discarded 40 (buffer_full 30, refused 10)"));
}

TEST_F(StatusText, ShowsWhereWhatIsConnected)
{
    EXPECT_THAT(text(), HasSubstr("pi-1, tidegate 0.1.0, up 25 h 0 min"));
    EXPECT_THAT(text(), HasSubstr("mqtt://localhost:1883 connected, MQTT 5"));
    EXPECT_THAT(text(), HasSubstr("cloud https://cloud/in up\n"));
    EXPECT_THAT(
        text(),
        HasSubstr("ring 1.0 KiB of 16 MiB, held for upstreams 0 B of 1.0 MiB, CPU 4.1 %, memory 22 MiB"));
    EXPECT_THAT(text(), Not(HasSubstr("commands")));
}

TEST_F(StatusText, ShowsWhatIsWrongAndHowLongItWillTake)
{
    gateway["brokers"][0]["up"] = false;
    gateway["brokers"][0]["why"] = "nothing\x1b[2J listens";
    gateway["trouble"] = "the disk is full";
    auto& up = gateway["up"][0];
    up["up"] = false;
    up["why"] = "401";
    up["alarm"] = "denied";
    up["queued"] = 460;
    up["backlog"] = 400;
    up["oldest"] = 7300;
    up["eta"] = 90;
    up["dead"] = 3;
    EXPECT_THAT(text(), HasSubstr("away: nothing?[2J listens"));
    EXPECT_THAT(text(), HasSubstr("the disk is full"));
    EXPECT_THAT(text(), HasSubstr("down, ALARM denied: 401"));
    EXPECT_THAT(text(), HasSubstr("oldest 2 h 1 min, 0.0 a second, backlog 400, done in 90 s"));
    EXPECT_THAT(text(), HasSubstr("3 refused and kept"));
}

TEST_F(StatusText, ShowsTheLastCommandAndHowManyWait)
{
    commands["commands"] = json::parse(R"([{"topic":"cmnd/a","state":"expired","why":"too old"},
                                           {"topic":"cmnd/b","state":"waiting","why":""}])");
    EXPECT_THAT(text(), HasSubstr("1 waiting; last: cmnd/a expired: too old"));
}

TEST_F(StatusText, ShowsTheAlarmsThatAreOn)
{
    EXPECT_THAT(text(), Not(HasSubstr("alarms")));
    gateway["alarms"] = {{"open", 2}, {"acknowledged", 1}, {"critical", 1}, {"warning", 1}, {"info", 0}};
    alarms["alarms"] = json::parse(
        R"([{"alarm":"warm","severity":"critical","device":"freezer","text":"too warm"},
            {"alarm":"low","severity":"warning","device":"tank","text":"","name":"Level","kind":"below","limit":"5"}])");
    EXPECT_THAT(text(), HasSubstr("2 open (1 critical, 1 warning), 1 acknowledged"));
    EXPECT_THAT(text(), HasSubstr("critical warm freezer: too warm"));
    EXPECT_THAT(text(), HasSubstr("warning low tank: Level below 5"));
}

}  // namespace
}  // namespace tidegate::gateway
