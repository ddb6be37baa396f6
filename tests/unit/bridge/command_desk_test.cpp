#include "bridge/command_desk.hpp"

#include "support/fake_clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace tidegate::bridge {
namespace {

using store::CommandState;
using testing::HasSubstr;

constexpr auto now_ms = tests::FakeClock::november_2026;

struct CommandDeskTest : testing::Test {
    CommandDeskTest() { clock.set(now_ms); }

    void open()
    {
        desk.reset();
        book.emplace(dir.path());
        desk.emplace(*book, rules, clock.source());
    }
    // Of a command that is not taken: what is said of it.
    std::string refusal(const std::string& json, const std::string& upstream = "cloud")
    {
        const auto added = desk->take(json, upstream);
        return added ? "taken" : added.error().what;
    }
    static std::string json(const std::string& id, const std::string& more = "")
    {
        return R"({"id":")" + id + R"(","topic":"cmnd/kitchen/POWER","payload":"ON","issued":)" +
               std::to_string(now_ms) + more + "}";
    }
    CommandState judged(const std::string& id)
    {
        return desk->judge(book->list(0, id, 1).value().at(0)).state;
    }
    store::Command kept(const std::string& id) { return book->list(0, id, 1).value().at(0); }

    tests::TempDir dir;
    tests::FakeClock clock;
    CommandRules rules{.allow = {"cmnd/+/POWER"}, .brokers = {"broker", "north"}, .largest_payload = 100};
    std::optional<store::CommandBook> book{std::in_place, dir.path()};
    std::optional<CommandDesk> desk{std::in_place, *book, rules, clock.source()};
};

TEST_F(CommandDeskTest, AllowsNothingWithoutAList)
{
    rules.allow.clear();
    open();
    EXPECT_THAT(refusal(json("1")), HasSubstr("[commands] allow is empty"));
    EXPECT_EQ(kept("1").state, CommandState::refused);
}

TEST_F(CommandDeskTest, AllowsOnlyWhatTheListMatches)
{
    EXPECT_EQ(refusal(json("1")), "taken");
    const auto denied = desk->take(R"({"topic":"cmnd/kitchen/Reset","payload":"1"})", "");
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().kind, ErrorKind::denied);
    EXPECT_EQ(book->waiting("broker").value().size(), 1);
    EXPECT_EQ(book->list(0, "", 10).value().size(), 2) << "the audit has both";
}

TEST_F(CommandDeskTest, RefusesTargetsThatAreNoTopicWhateverTheListSays)
{
    rules.allow = {"#", "$SYS/#"};
    open();
    for (const auto* topic : {"", "a/#", "+/a", "$SYS/broker/uptime", "$share/g/a", "a\\u0000b", "a\\nb"})
        EXPECT_THAT(refusal(std::string(R"({"id":"x","issued":1,"payload":"1","topic":")") + topic + "\"}"),
                    HasSubstr("topic"))
            << topic;
    EXPECT_EQ(book->waiting("broker").value().size(), 0);
}

TEST_F(CommandDeskTest, RefusesAPayloadThatIsTooLargeAndABrokerThatIsNotThere)
{
    EXPECT_THAT(refusal(R"({"topic":"cmnd/a/POWER","payload":")" + std::string(101, 'x') + "\"}", ""),
                HasSubstr("101 bytes"));
    EXPECT_THAT(refusal(json("2", R"(,"broker":"south")")), HasSubstr("south"));
    EXPECT_EQ(refusal(json("3", R"(,"broker":"north")")), "taken");
    EXPECT_EQ(book->waiting("north").value().size(), 1);
}

TEST_F(CommandDeskTest, NeedsAnIdAndATimeFromAnUpstreamAndNeitherFromTheApi)
{
    const std::string bare = R"("topic":"cmnd/a/POWER","payload":"1")";
    EXPECT_THAT(refusal("{" + bare + R"(,"issued":1795000000000})"), HasSubstr("id"));
    EXPECT_THAT(refusal("{" + bare + R"(,"id":"1"})"), HasSubstr("issued"));
    const auto from_api = desk->take("{" + bare + "}", "");
    ASSERT_TRUE(from_api);
    EXPECT_EQ(from_api->command.id.size(), 16);
    EXPECT_EQ(desk->judge(from_api->command).state, CommandState::sending);
}

TEST_F(CommandDeskTest, TakesAnIdOnceAndNotForAnotherCommand)
{
    ASSERT_TRUE(desk->take(json("1"), "cloud"));
    open();
    const auto again = desk->take(json("1"), "cloud");
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->repeated);
    EXPECT_THAT(refusal(R"({"id":"1","topic":"cmnd/cellar/POWER","payload":"ON","issued":1795000000000})"),
                HasSubstr("used before"));
    EXPECT_EQ(book->waiting("broker").value().size(), 1);
}

TEST_F(CommandDeskTest, SendsWhatIsNotTooOld)
{
    ASSERT_TRUE(desk->take(json("1", R"(,"expires_in_s":60)"), "cloud"));
    clock.pass(59'000);
    EXPECT_EQ(judged("1"), CommandState::sending);
    clock.pass(1000);
    EXPECT_EQ(judged("1"), CommandState::expired);
}

TEST_F(CommandDeskTest, CountsTheTimeThatACommandHadLainAtTheUpstream)
{
    clock.pass(3'600'000);
    ASSERT_TRUE(desk->take(json("1", R"(,"expires_in_s":3599)"), "cloud"));
    ASSERT_TRUE(desk->take(json("2", R"(,"expires_in_s":3601)"), "cloud"));
    EXPECT_EQ(judged("1"), CommandState::expired);
    EXPECT_EQ(judged("2"), CommandState::sending);
}

TEST_F(CommandDeskTest, RefusesWhatIsIssuedInTheFuture)
{
    clock.step(-59'000);
    ASSERT_TRUE(desk->take(json("1"), "cloud"));
    EXPECT_EQ(judged("1"), CommandState::sending) << "clocks may differ a little";
    clock.step(-3000);
    EXPECT_EQ(judged("1"), CommandState::refused);
}

TEST_F(CommandDeskTest, WaitsForTheClockBeforeItSendsWhatOnlyTheClockCanJudge)
{
    clock.synchronise(false);
    ASSERT_TRUE(desk->take(json("1"), "cloud"));
    EXPECT_EQ(judged("1"), CommandState::waiting);
    clock.pass(10'000);
    clock.synchronise();
    EXPECT_EQ(judged("1"), CommandState::sending);

    clock.synchronise(false);
    clock.pass(50'000);
    EXPECT_EQ(judged("1"), CommandState::expired) << "whatever the time is, so long it has been here";
}

TEST_F(CommandDeskTest, TrustsAClockThatIsSaidToBeRight)
{
    rules.trust_clock = true;
    open();
    clock.synchronise(false);
    ASSERT_TRUE(desk->take(json("1"), "cloud"));
    EXPECT_EQ(judged("1"), CommandState::sending);
}

TEST_F(CommandDeskTest, IsNotMovedByAClockThatIsSetWhileAnApiCommandWaits)
{
    clock.synchronise(false);
    const auto one = desk->take(R"({"id":"1","topic":"cmnd/a/POWER","payload":"1"})", "");
    ASSERT_TRUE(one);
    clock.set(now_ms + 86'400'000);
    EXPECT_EQ(judged("1"), CommandState::sending);
}

TEST_F(CommandDeskTest, DoesNotKnowAfterAnotherBootHowOldACommandIsUntilTheClockIsSet)
{
    ASSERT_TRUE(desk->take(R"({"id":"1","topic":"cmnd/a/POWER","payload":"1","expires_in_s":600})", ""));
    clock.reboot();
    open();
    EXPECT_EQ(judged("1"), CommandState::waiting);
    clock.set(now_ms + 300'000);
    EXPECT_EQ(judged("1"), CommandState::sending);
    clock.set(now_ms + 600'000);
    EXPECT_EQ(judged("1"), CommandState::expired);
}

TEST_F(CommandDeskTest, GivesUpAfterAnotherBootWhatHasWaitedLongEnoughForTheClock)
{
    ASSERT_TRUE(desk->take(R"({"id":"1","topic":"cmnd/a/POWER","payload":"1","expires_in_s":600})", ""));
    clock.reboot();
    open();
    clock.pass(600'000);
    EXPECT_EQ(judged("1"), CommandState::expired);
}

TEST_F(CommandDeskTest, RefusesWhatWaitsOnceItsTopicIsNotAllowedAnyMore)
{
    clock.synchronise();
    EXPECT_EQ(refusal(json("1")), "taken");
    EXPECT_EQ(judged("1"), CommandState::sending);

    rules.allow = {"cmnd/+/DIMMER"};
    open();
    EXPECT_EQ(judged("1"), CommandState::refused);
}

TEST_F(CommandDeskTest, KeepsNoMoreOfARefusedTopicThanATopicMayHave)
{
    EXPECT_THAT(refusal(R"({"id":"1","issued":1,"payload":"1","topic":")" + std::string(50'000, 'x') + "\"}"),
                HasSubstr("topic"));
    EXPECT_EQ(kept("1").topic.size(), 1024U);
}

TEST_F(CommandDeskTest, TakesSoManyASecondAndNoMore)
{
    const tests::QuietLog quiet;
    int taken = 0;
    for (int i = 0; i < 150; ++i) taken += desk->take(json(std::to_string(i)), "cloud") ? 1 : 0;
    EXPECT_EQ(taken, 100);
    EXPECT_EQ(book->list(0, "", 1000).value().size(), 100) << "a flood is not written to the card";
    for (const auto& waiting : book->waiting("broker").value())  // there is room in the queue again
        desk->ended(waiting, CommandState::expired, "");
    clock.pass(1000);
    for (int i = 0; i < 50; ++i) taken += desk->take(json(std::to_string(200 + i)), "cloud") ? 1 : 0;
    EXPECT_EQ(taken, 110);
}

TEST_F(CommandDeskTest, LetsAFloodFromOneSenderCostNoOtherSenderAnything)
{
    const tests::QuietLog quiet;
    int taken = 0;
    for (int i = 0; i < 150; ++i) taken += desk->take(json(std::to_string(i)), "cloud") ? 1 : 0;
    ASSERT_EQ(taken, 100);
    for (const auto& waiting : book->waiting("broker").value())
        desk->ended(waiting, CommandState::expired, "");

    EXPECT_EQ(refusal(json("a"), ""), "taken") << "from the API";
    EXPECT_EQ(refusal(json("a"), "plant"), "taken") << "from another upstream";
    EXPECT_THAT(refusal(json("a"), "cloud"), HasSubstr("too many"));
}

TEST_F(CommandDeskTest, ChargesNobodyForWhatIsRefusedAndWritesNoFloodOfItDown)
{
    const tests::QuietLog quiet;
    for (int i = 0; i < 300; ++i)
        EXPECT_NE(refusal(R"({"id":"r)" + std::to_string(i) + R"(","issued":1,"payload":"1","topic":"x/y"})"),
                  "taken");
    EXPECT_EQ(book->list(0, "", 1000).value().size(), 100);
    EXPECT_EQ(refusal(json("good")), "taken");
}

TEST_F(CommandDeskTest, EndsWhatWaitsForABrokerThatIsConfiguredNoMore)
{
    const tests::QuietLog quiet;
    ASSERT_EQ(refusal(json("1")), "taken");
    ASSERT_EQ(refusal(json("2", R"(,"broker":"north")")), "taken");
    rules.brokers = {"broker"};
    open();

    desk->end_orphans();

    EXPECT_EQ(kept("1").state, CommandState::waiting);
    EXPECT_EQ(kept("2").state, CommandState::refused);
    EXPECT_THAT(kept("2").why, HasSubstr("\"north\" is configured no more"));
    const auto untold = book->untold("cloud", 10).value();
    ASSERT_EQ(untold.size(), 1) << "its upstream is told";
    EXPECT_EQ(untold[0].id, "2");

    rules.allow.clear();
    open();
    desk->end_orphans();
    EXPECT_EQ(kept("1").state, CommandState::refused) << "nobody is there who would send it";
}

TEST_F(CommandDeskTest, LeavesNoOrphanWhereTheRulesChangeWhileItIsTaken)
{
    auto source = clock.source();
    bool changed = false;
    source.wall_ms = [this, &changed, wall_ms = source.wall_ms] {
        if (!std::exchange(changed, true)) {
            rules.brokers = {"north"};
            desk->set_rules(rules);
            desk->end_orphans();
        }
        return wall_ms();
    };
    desk.emplace(*book, rules, source);

    EXPECT_THAT(refusal(json("1", R"(,"broker":"broker")")), HasSubstr("\"broker\" is configured no more"));
    EXPECT_EQ(kept("1").state, CommandState::refused);
    EXPECT_TRUE(book->waiting().value().empty());
}

}  // namespace
}  // namespace tidegate::bridge
