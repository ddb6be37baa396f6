#include "bridge/redeliveries.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tidegate::bridge {
namespace {

struct RedeliveriesTest : testing::Test {
    tests::TempDir dir;
    std::optional<Redeliveries> redeliveries;
    std::int64_t now_ms = 1'000'000;

    RedeliveriesTest() { open(); }
    void open(const char* session = "gateway at mqtt://a")
    {
        redeliveries.reset();
        redeliveries.emplace(Redeliveries::open(dir / "seen", session).value());
    }
    void takes(std::uint16_t packet, std::string_view payload, bool duplicate = false)
    {
        redeliveries->took({packet, duplicate, "t", payload}, ++now_ms);
    }
    bool again(std::uint16_t packet, std::string_view payload, bool duplicate = true) const
    {
        return redeliveries->again({packet, duplicate, "t", payload});
    }
    void pause() { now_ms += 1000; }
    // As of a broker that is known to give its ids in turn; the last was 2.
    void takes_two()
    {
        takes(1, "one");
        pause();
        takes(2, "two");
    }
};

TEST_F(RedeliveriesTest, ProvesWhatSaysTheSameUnderTheSameIdWithDup)
{
    takes_two();
    EXPECT_TRUE(again(1, "one"));
    EXPECT_TRUE(again(2, "two"));
}

TEST_F(RedeliveriesTest, ProvesNothingOfAnyOtherMessage)
{
    takes_two();
    EXPECT_FALSE(again(2, "two", false)) << "without DUP it is a new one that says the same";
    EXPECT_FALSE(again(2, "one")) << "another payload";
    EXPECT_FALSE(redeliveries->again({2, true, "other", "two"})) << "another topic";
    EXPECT_FALSE(again(3, "two")) << "another id: it was sent, and never arrived";
    EXPECT_FALSE(again(0, "two")) << "QoS 0";
}

TEST_F(RedeliveriesTest, ProvesNothingBeforeItHasSeenTheOrderOfTheIds)
{
    takes(1, "one");
    takes(2, "two");
    EXPECT_FALSE(again(2, "two"))
        << "a broker with two in flight that takes the lowest free id does the same";

    for (std::uint16_t packet = 3; packet < 2049; ++packet) takes(packet, "x");
    EXPECT_TRUE(again(2, "two")) << "no broker has so many in flight";
}

TEST_F(RedeliveriesTest, NeverProvesAnythingOfABrokerThatUsesIdsAgainAtOnce)
{
    takes(1, "21.5");
    pause();
    takes(1, "21.5");
    pause();
    takes(2, "21.5");
    pause();
    takes(3, "21.5");

    EXPECT_FALSE(again(1, "21.5"));
    EXPECT_FALSE(again(3, "21.5"));
}

TEST_F(RedeliveriesTest, StopsProvingWhenAnIdComesBackTooSoon)
{
    takes_two();
    ASSERT_TRUE(again(2, "two"));
    takes(1, "three");
    EXPECT_FALSE(again(2, "two"));
}

TEST_F(RedeliveriesTest, GoesRoundWithTheIds)
{
    takes(65534, "a");
    pause();
    takes(65535, "b");
    takes(1, "c");
    EXPECT_TRUE(again(65535, "b"));
    EXPECT_TRUE(again(1, "c"));
}

TEST_F(RedeliveriesTest, ProvesNothingOfAnIdThatMayHaveGoneRound)
{
    takes_two();
    std::uint16_t packet = 2;
    for (int i = 0; i < 33'000; ++i) takes(++packet, "x");
    EXPECT_FALSE(again(2, "two"));
    EXPECT_TRUE(again(packet, "x"));
}

TEST_F(RedeliveriesTest, RemembersAcrossAKill)
{
    takes_two();
    open();
    EXPECT_TRUE(again(2, "two"));
}

TEST_F(RedeliveriesTest, ForgetsWhenTheSessionIsNewOrTheBrokerMayBe)
{
    takes_two();
    redeliveries->begin(true);
    EXPECT_TRUE(again(2, "two"));
    redeliveries->begin(false);
    EXPECT_FALSE(again(2, "two"));
}

TEST_F(RedeliveriesTest, ForgetsAnotherSession)
{
    takes_two();
    open("gateway at mqtt://b");
    EXPECT_FALSE(again(2, "two"));
    open("gateway at mqtt://a");
    EXPECT_FALSE(again(2, "two"));
}

TEST_F(RedeliveriesTest, KnowsWhatCameWithDupAndWasNewAndComesOnceMore)
{
    takes_two();
    ASSERT_FALSE(again(3, "three"));
    takes(3, "three", true);
    EXPECT_TRUE(again(3, "three"));
    takes(4, "four");
    EXPECT_TRUE(again(3, "three"));
}

}  // namespace
}  // namespace tidegate::bridge
