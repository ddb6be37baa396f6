#include "store/command_book.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace tidegate::store {
namespace {

Command command(const std::string& id, const std::string& upstream = "cloud")
{
    Command one;
    one.upstream = upstream;
    one.id = id;
    one.broker = "broker";
    one.topic = "cmnd/kitchen/POWER";
    one.payload = "ON";
    one.arrived_ms = 1'764'000'000'000;
    one.issued_ms = 1'763'999'999'000;
    one.expires_in_ms = 60'000;
    one.boot = 0xfedc'ba98'7654'3210;
    one.arrived_boot_ms = 20'000;
    return one;
}

struct CommandBookTest : testing::Test {
    void reopen() { book.emplace(dir.path()); }
    std::vector<std::string> waiting(const std::string& broker = "broker")
    {
        std::vector<std::string> ids;
        for (const auto& one : book->waiting(broker).value()) ids.push_back(one.id);
        return ids;
    }
    Command only() { return book->list(0, "", 10).value().at(0); }

    tests::TempDir dir;
    std::optional<CommandBook> book{std::in_place, dir.path()};
};

using Ids = std::vector<std::string>;

TEST_F(CommandBookTest, KeepsACommandAsItWasAlsoAfterARestart)
{
    auto binary = command("1");
    binary.payload = std::string("a\0\xff", 3);
    binary.qos = 2;
    ASSERT_FALSE(book->add(binary).value().repeated);

    reopen();

    const auto kept = book->waiting("broker").value().at(0);
    EXPECT_EQ(kept.id, "1");
    EXPECT_EQ(kept.upstream, "cloud");
    EXPECT_EQ(kept.topic, "cmnd/kitchen/POWER");
    EXPECT_EQ(kept.payload, std::string("a\0\xff", 3));
    EXPECT_EQ(kept.payload_bytes, 3);
    EXPECT_EQ(kept.qos, 2);
    EXPECT_EQ(kept.arrived_ms, 1'764'000'000'000);
    EXPECT_EQ(kept.issued_ms, 1'763'999'999'000);
    EXPECT_EQ(kept.expires_in_ms, 60'000);
    EXPECT_EQ(kept.boot, 0xfedc'ba98'7654'3210);
    EXPECT_EQ(kept.arrived_boot_ms, 20'000);
    EXPECT_EQ(book->counts().waiting, 1);
    EXPECT_TRUE(waiting("another").empty());
}

TEST_F(CommandBookTest, KnowsAnIdAgainFromTheSameSenderAlsoAfterARestart)
{
    ASSERT_TRUE(book->add(command("1")));
    ASSERT_TRUE(book->end(only(), CommandState::sent, "", 5));
    reopen();

    const auto again = book->add(command("1")).value();
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.command.state, CommandState::sent);
    EXPECT_FALSE(book->add(command("1", "another")).value().repeated);
    EXPECT_FALSE(book->add(command("1", "")).value().repeated);
    EXPECT_EQ(book->counts().waiting, 2);
}

TEST_F(CommandBookTest, DoesNotHandOutASecondTimeWhatWasBeingSentWhenTheProcessEnded)
{
    ASSERT_TRUE(book->add(command("1")));
    ASSERT_TRUE(book->add(command("2")));
    ASSERT_TRUE(book->mark_sending(book->waiting("broker").value()[0].number));
    EXPECT_EQ(waiting(), Ids{"2"});

    reopen();

    EXPECT_EQ(waiting(), Ids{"2"});
    const auto first = book->list(0, "1", 10).value().at(0);
    EXPECT_EQ(first.state, CommandState::unconfirmed);
    EXPECT_NE(first.why, "");
    EXPECT_NE(first.ended_ms, 0);
    EXPECT_EQ(book->untold("cloud", 10).value().at(0).id, "1") << "its upstream is told";
}

TEST_F(CommandBookTest, TellsAResultUntilItIsMarkedAndAgainWhenTheCommandIsRepeated)
{
    ASSERT_TRUE(book->add(command("1")));
    EXPECT_TRUE(book->untold("cloud", 10).value().empty()) << "it has not ended";
    ASSERT_TRUE(book->end(only(), CommandState::expired, "too old", 5));

    const auto untold = book->untold("cloud", 10).value();
    ASSERT_EQ(untold.size(), 1);
    EXPECT_EQ(untold[0].why, "too old");
    EXPECT_TRUE(book->untold("another", 10).value().empty());
    ASSERT_TRUE(book->mark_told(untold[0].number));
    EXPECT_TRUE(book->untold("cloud", 10).value().empty());

    ASSERT_TRUE(book->add(command("1")).value().repeated);
    EXPECT_EQ(book->untold("cloud", 10).value().size(), 1);
}

TEST_F(CommandBookTest, HasNobodyToTellOfACommandFromTheApi)
{
    ASSERT_TRUE(book->add(command("1", "")));
    ASSERT_TRUE(book->end(only(), CommandState::sent, "", 5));
    EXPECT_TRUE(book->untold("", 10).value().empty());
}

TEST_F(CommandBookTest, WritesDownWhatIsRefusedWithTheBeginningOfItsPayload)
{
    auto refused = command("1");
    refused.payload = std::string(1000, 'x');
    refused.state = CommandState::refused;
    refused.why = "not on the list";
    ASSERT_TRUE(book->add(refused));

    EXPECT_TRUE(waiting().empty());
    EXPECT_EQ(only().payload.size(), CommandBook::payload_kept);
    EXPECT_EQ(only().payload_bytes, 1000);
    EXPECT_EQ(book->untold("cloud", 10).value().size(), 1);
    EXPECT_EQ(book->counts().ended[static_cast<std::size_t>(CommandState::refused)], 1);
    EXPECT_EQ(book->counts().waiting, 0);
}

TEST_F(CommandBookTest, ListsTheNewestFirstAPageAtATime)
{
    for (const auto* id : {"1", "2", "3"}) ASSERT_TRUE(book->add(command(id)));
    const auto first = book->list(0, "", 2).value();
    ASSERT_EQ(first.size(), 2);
    EXPECT_EQ(first[0].id, "3");
    const auto rest = book->list(first[1].number, "", 2).value();
    ASSERT_EQ(rest.size(), 1);
    EXPECT_EQ(rest[0].id, "1");
}

TEST_F(CommandBookTest, ForgetsTheOldestThatHaveEndedButNoneWhoseIdMayComeAgain)
{
    constexpr int most = 100;
    book.emplace(dir.path(), CommandBook::Bounds{.most = most});
    const auto add = [&](int number, std::int64_t expires_in_ms) {
        auto one = command(std::to_string(number));
        one.state = CommandState::sent;
        one.arrived_ms = one.issued_ms = 1'764'000'000'000 + number * std::int64_t{10'000};
        one.expires_in_ms = expires_in_ms;
        return book->add(one);
    };
    ASSERT_TRUE(add(0, 86'400'000)) << "may come again for a day";
    for (int i = 1; i <= most + 10; ++i) ASSERT_TRUE(add(i, 60'000));

    EXPECT_TRUE(add(0, 86'400'000)->repeated);
    EXPECT_FALSE(book->list(0, "0", 1).value().empty());
    EXPECT_TRUE(book->list(0, "1", 1).value().empty()) << "the oldest that would be too old";
    EXPECT_EQ(book->list(0, "", 20'000).value().size(), most + 1U);
}

TEST_F(CommandBookTest, IsNotFilledByWhatNeverWentOut)
{
    constexpr int most = 100;
    book.emplace(dir.path(), CommandBook::Bounds{.most = most, .most_in_time = most + 50});
    for (int i = 0; i < most + 100; ++i) {
        auto one = command(std::to_string(i));
        one.issued_ms += 365 * std::int64_t{86'400'000};
        one.state = i % 2 == 0 ? CommandState::refused : CommandState::expired;
        ASSERT_TRUE(book->add(one)) << i;
    }

    EXPECT_TRUE(book->add(command("good")));
    EXPECT_EQ(book->list(0, "", 1000).value().size(), most);
}

TEST_F(CommandBookTest, TakesNoMoreThanSomeThatWait)
{
    for (std::uint64_t i = 0; i < CommandBook::most_waiting; ++i)
        ASSERT_TRUE(book->add(command(std::to_string(i))));

    const auto one_more = book->add(command("one more"));
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().kind, ErrorKind::full);

    ASSERT_TRUE(book->end(book->waiting("broker").value()[0], CommandState::sent, "", 5));
    EXPECT_TRUE(book->add(command("one more")));
}

}  // namespace
}  // namespace tidegate::store
