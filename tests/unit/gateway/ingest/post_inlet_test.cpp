#include "gateway/ingest/post_inlet.hpp"

#include "base/gzip.hpp"
#include "gateway/load/load_level.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <vector>

namespace tidegate::gateway {
namespace {

using Outcome = web::PostResult::Outcome;

struct PostInletTest : testing::Test {
    void open(PostInlet::Options options = {})
    {
        inlet.emplace(*ring, options);
        inlet->start();
    }

    void post(std::string body, bool packed = false)
    {
        web::Post posted;
        posted.packed = packed;
        posted.body = std::move(body);
        inlet->take(std::move(posted), [this](const web::PostResult& result) {
            const std::scoped_lock lock(mutex);
            answers.push_back(result);
        });
    }

    void post_as(web::Scope write, std::string body, web::Post::Form form = web::Post::Form::readings)
    {
        web::Post posted;
        posted.form = form;
        posted.topic = "influx/b";
        posted.body = std::move(body);
        posted.write = std::move(write);
        inlet->take(std::move(posted), [this](const web::PostResult& result) {
            const std::scoped_lock lock(mutex);
            answers.push_back(result);
        });
    }

    std::vector<web::PostResult> answered()
    {
        const std::scoped_lock lock(mutex);
        return answers;
    }
    bool answered(std::size_t so_many)
    {
        return tests::wait_until([&] { return answered().size() >= so_many; });
    }
    bool pushed(std::size_t so_many)  // messages, since the start
    {
        return tests::wait_until([&] {
            while (ring->next()) ++taken;
            return taken >= so_many;
        });
    }

    tests::TempDir directory;
    std::unique_ptr<bridge::IntakeRing> ring =
        bridge::IntakeRing::open(directory / "ring", bridge::IntakeRing::least_capacity).value();
    std::size_t taken = 0;
    std::mutex mutex;
    std::vector<web::PostResult> answers;
    std::optional<PostInlet> inlet;
};

TEST_F(PostInletTest, AnswersWhenThePostIsCommittedAndNotBefore)
{
    open();
    post(R"([{"topic":"a","v":1},{"topic":"b","v":1}])");
    ASSERT_TRUE(pushed(2));
    EXPECT_TRUE(answered().empty());
    inlet->committed({ring->id(), ring->position() - 1});  // the first of them
    inlet->committed({ring->id() + 1, ring->position()});  // another ring
    EXPECT_TRUE(answered().empty());
    inlet->committed({ring->id(), ring->position()});
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::committed);
    EXPECT_EQ(answered()[0].taken, 2U);
}

TEST_F(PostInletTest, AnswersManyWithOneCommit)
{
    open();
    for (int i = 0; i < 50; ++i) post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(pushed(50));
    inlet->committed({ring->id(), ring->position()});
    ASSERT_TRUE(answered(50));
    EXPECT_EQ(inlet->counts()[static_cast<std::size_t>(Outcome::committed)], 50U);
}

TEST_F(PostInletTest, RefusesUnderTheHighestLoadAndTakesAgainBelow)
{
    open();
    inlet->press(LoadLevel::most);
    post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::pressed);
    EXPECT_FALSE(answered()[0].why.empty());
    inlet->press(LoadLevel::most - 1);
    post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(pushed(1));
}

TEST_F(PostInletTest, TakesNothingWhileTheStoreMayGiveItUp)
{
    open();
    inlet->hold_off(true);
    post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::pressed);
    EXPECT_FALSE(ring->next());
    inlet->hold_off(false);
    post(R"({"topic":"a","v":1})");
    EXPECT_TRUE(pushed(1));
}

TEST_F(PostInletTest, RefusesWhatDoesNotFitAsAWholeAndLeavesNothingOfItInTheRing)
{
    open();
    const std::string large(80'000, 'x');
    const auto body = R"([{"topic":"a","payload":")" + large + R"("},{"topic":"b","v":1}])";
    post(body);
    ASSERT_TRUE(pushed(2));
    post(body);  // not committed: there is no room for it beside
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::pressed);
    EXPECT_FALSE(ring->next());
    ring->release(ring->position());
    post(body);
    ASSERT_TRUE(pushed(4));
}

TEST_F(PostInletTest, RefusesForGoodWhatIsLargerThanTheRing)
{
    open();
    std::string body = "[";
    for (int i = 0; i < 5; ++i)
        body += std::string(i == 0 ? "" : ",") + R"({"topic":"a","payload":")" + std::string(60'000, 'x') +
                R"("})";
    post(body + "]");
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::too_large);
}

TEST_F(PostInletTest, UnpacksGzipWithinABound)
{
    open();
    post(gzipped(R"({"topic":"a","v":1})", 6), true);
    ASSERT_TRUE(pushed(1));
    post(gzipped(std::string(web::largest_unpacked_post + 1, ' '), 6), true);  // a bomb, or a long batch
    post("nonsense", true);
    ASSERT_TRUE(answered(2));
    EXPECT_EQ(answered()[0].outcome, Outcome::too_large) << "a client that batches sends half of it then";
    EXPECT_EQ(answered()[1].outcome, Outcome::invalid);
}

TEST_F(PostInletTest, TellsAClientWhoseReadingsAreNotCommittedInTimeToComeAgain)
{
    open({.patience = std::chrono::milliseconds(1)});
    post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::overdue);
}

TEST_F(PostInletTest, BoundsWhatWaitsToBeLookedAt)
{
    inlet.emplace(*ring, PostInlet::Options{.queued_bytes = 30});  // not started
    post(R"({"topic":"a","v":1})");
    post(R"({"topic":"a","v":1})");
    ASSERT_EQ(answered().size(), 1U);
    EXPECT_EQ(answered()[0].outcome, Outcome::pressed);
}

TEST_F(PostInletTest, LeavesNobodyWithoutAnAnswerWhenItStops)
{
    open();
    post(R"({"topic":"a","v":1})");
    ASSERT_TRUE(pushed(1));
    inlet->stop();
    post(R"({"topic":"a","v":1})");
    inlet->answer_rest();
    ASSERT_EQ(answered().size(), 2U);
    EXPECT_EQ(answered()[0].outcome, Outcome::pressed);
    EXPECT_EQ(answered()[1].outcome, Outcome::overdue);
}

TEST_F(PostInletTest, TakesNothingOfAPostWithATopicThatItsSenderMayNotWriteTo)
{
    open();
    const web::Scope plant{{"plant/#"}};
    post_as(plant, R"([{"topic":"plant/a","v":1},{"topic":"home/lock","v":1},{"topic":"plant/b","v":1}])");
    ASSERT_TRUE(answered(1));
    EXPECT_EQ(answered()[0].outcome, Outcome::denied);
    EXPECT_NE(answered()[0].why.find("home/lock"), std::string::npos) << answered()[0].why;
    post_as(plant, R"({"topic":"home/lock","payload":"1"})");
    post_as(plant, "cpu v=1", web::Post::Form::lines);
    post_as({}, R"({"topic":"plant/a","v":1})");
    ASSERT_TRUE(answered(4));
    for (const auto& answer : answered()) EXPECT_EQ(answer.outcome, Outcome::denied);
    EXPECT_EQ(ring->used_bytes(), 0U);
    EXPECT_EQ(inlet->counts().at(static_cast<std::size_t>(Outcome::denied)), 4U);

    post_as(plant, R"([{"topic":"plant/a","v":1},{"topic":"plant/b","v":1}])");
    post_as({{"influx/b"}}, "cpu v=1", web::Post::Form::lines);
    ASSERT_TRUE(pushed(3));
    inlet->committed({ring->id(), ring->position()});
    ASSERT_TRUE(answered(6));
    EXPECT_EQ(answered()[4].outcome, Outcome::committed);
    EXPECT_EQ(answered()[5].outcome, Outcome::committed);
}

}  // namespace
}  // namespace tidegate::gateway
