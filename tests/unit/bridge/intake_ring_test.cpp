#include "bridge/intake_ring.hpp"

#include "bridge/ring_layout.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <random>
#include <string>
#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using tests::wait_until;

constexpr auto capacity = IntakeRing::least_capacity;

struct IntakeRingTest : testing::Test {
    tests::TempDir dir;
    std::filesystem::path file = dir / "intake.ring";
    std::unique_ptr<IntakeRing> ring = open();

    std::unique_ptr<IntakeRing> open(std::size_t bytes = capacity) const
    {
        return IntakeRing::open(file, bytes).value();
    }
    void reopen(std::size_t bytes = capacity)
    {
        ring.reset();
        ring = open(bytes);
    }
    bool push(const std::string& topic, const std::string& payload)
    {
        return ring->push({.topic = topic, .payload = payload, .arrived_ms = 7}, {});
    }
    std::string take()
    {
        const auto message = ring->next();
        return message ? std::string(message->topic) + "=" + std::string(message->payload) : "nothing";
    }
    // Until one more does not fit; how many did.
    int fill(const std::string& payload)
    {
        std::stop_source stopped;
        stopped.request_stop();
        int pushed = 0;
        while (ring->push({.topic = "fill", .payload = payload}, stopped.get_token())) ++pushed;
        return pushed;
    }
    // Writes over the closed file.
    void damage(std::size_t offset, const std::string& bytes)
    {
        ring.reset();
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(offset));
        stream << bytes;
    }
};

TEST_F(IntakeRingTest, GivesBackWhatWasPushedInOrder)
{
    ASSERT_TRUE(push("a", "1"));
    ASSERT_TRUE(push("b/c", ""));
    ASSERT_TRUE(push("", "3"));

    EXPECT_EQ(take(), "a=1");
    EXPECT_EQ(take(), "b/c=");
    EXPECT_EQ(take(), "=3");
    EXPECT_EQ(take(), "nothing");
}

TEST_F(IntakeRingTest, KeepsTimeAndFlagsOfAMessage)
{
    ring->push({.topic = "t", .payload = "p", .arrived_ms = -5, .retained = true, .unsynchronised = true},
               {});
    ring->push({.topic = "t", .payload = "p", .arrived_ms = 1'764'000'000'000, .duplicate = true}, {});

    const auto first = ring->next().value();
    EXPECT_EQ(first.arrived_ms, -5);
    EXPECT_TRUE(first.retained && first.unsynchronised);
    EXPECT_FALSE(first.duplicate || first.oversize);
    const auto second = ring->next().value();
    EXPECT_EQ(second.arrived_ms, 1'764'000'000'000);
    EXPECT_TRUE(second.duplicate);
    EXPECT_FALSE(second.retained || second.unsynchronised || second.oversize);
}

TEST_F(IntakeRingTest, LeavesOutThePayloadOfAnOversizeMessage)
{
    ring->push({.topic = "told", .payload = "left out", .oversize = true}, {});
    ring->push({.topic = "too large for the ring", .payload = std::string(capacity / 2, 'x')}, {});

    for (const auto* topic : {"told", "too large for the ring"}) {
        const auto message = ring->next().value();
        EXPECT_EQ(message.topic, topic);
        EXPECT_TRUE(message.oversize);
        EXPECT_EQ(message.payload, "");
    }
}

TEST_F(IntakeRingTest, TakesMessagesOfUpToHalfItsSizeWhereverItsEndIs)
{
    const std::string large(capacity / 2 - 100, 'x');
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(push("small", std::string(static_cast<std::size_t>(i) * 1000, 's')));
        ASSERT_TRUE(ring->next());
        ring->release(ring->position());
        ASSERT_TRUE(push("large", large));
        ASSERT_EQ(ring->next().value().payload, large);
        ring->release(ring->position());
    }
    EXPECT_EQ(ring->used_bytes(), 0);
}

TEST_F(IntakeRingTest, GivesAgainWhatWasNotReleasedBeforeItWasClosed)
{
    push("a", "1");
    push("a", "2");
    push("a", "3");
    take();
    ring->release(ring->position());
    take();
    const auto id = ring->id();

    reopen();

    EXPECT_EQ(ring->id(), id);
    EXPECT_EQ(take(), "a=2");
    EXPECT_EQ(take(), "a=3");
    EXPECT_EQ(take(), "nothing");
}

TEST_F(IntakeRingTest, SkipsWhatWasCommittedBeforeACrash)
{
    push("a", "1");
    push("a", "2");
    push("a", "3");
    take();
    take();
    const auto committed = ring->position();
    reopen();

    ring->skip_to(committed);

    EXPECT_EQ(take(), "a=3");
    ring->release(ring->position());
    EXPECT_EQ(ring->used_bytes(), 0);
}

TEST_F(IntakeRingTest, SkipsOnlyWholeMessages)
{
    push("a", "1");
    push("a", "2");
    take();
    const auto first = ring->position();
    reopen();

    ring->skip_to(first + 3);

    EXPECT_EQ(take(), "a=2");
}

TEST_F(IntakeRingTest, NeverGivesAPositionTwiceWhenTheStoreKnowsMoreThanTheRing)
{
    push("old", "1");
    const std::uint64_t committed = 12'345'677;

    ring->skip_to(committed);

    EXPECT_EQ(take(), "nothing");
    EXPECT_GE(ring->position(), committed);
    push("new", "2");
    EXPECT_EQ(take(), "new=2");
}

TEST_F(IntakeRingTest, IgnoresAReleaseThatIsBehindTheLast)
{
    push("a", "1");
    take();
    const auto first = ring->position();
    push("a", "2");
    take();
    ring->release(ring->position());

    ring->release(first);

    EXPECT_EQ(ring->used_bytes(), 0);
}

TEST_F(IntakeRingTest, WaitsWhileItIsFullAndGoesOnWhenThereIsRoom)
{
    const int pushed = fill("0123456789");
    ASSERT_GT(pushed, 1000);
    std::atomic<bool> done = false;
    std::jthread producer([&](const std::stop_token& stop) {
        ring->push({.topic = "late", .payload = "0123456789"}, stop);
        done = true;
    });
    EXPECT_FALSE(wait_until([&] { return done.load(); }, 50ms));

    ring->next();
    ring->release(ring->position());

    EXPECT_TRUE(wait_until([&] { return done.load(); }));
    for (int i = 1; i < pushed; ++i) ASSERT_EQ(ring->next().value().topic, "fill");
    EXPECT_EQ(take(), "late=0123456789");
}

TEST_F(IntakeRingTest, GivesUpAPushIntoAFullRingWhenAskedToStop)
{
    fill("0123456789");
    const auto used = ring->used_bytes();
    std::atomic<bool> taken = true;
    std::jthread producer(
        [&](const std::stop_token& stop) { taken = ring->push({.topic = "late", .payload = ""}, stop); });

    producer.request_stop();
    producer.join();

    EXPECT_FALSE(taken);
    EXPECT_EQ(ring->used_bytes(), used);
}

TEST_F(IntakeRingTest, StillTakesWhatFitsAfterAStopWasAskedFor)
{
    std::stop_source stopped;
    stopped.request_stop();

    EXPECT_TRUE(ring->push({.topic = "last", .payload = "1"}, stopped.get_token()));
    EXPECT_EQ(take(), "last=1");
}

TEST_F(IntakeRingTest, WakesAWaitingConsumerForOneMessage)
{
    std::atomic<bool> awake = false;
    std::jthread consumer([&](const std::stop_token& stop) {
        ring->wait(stop, 60s);
        awake = true;
    });
    EXPECT_FALSE(wait_until([&] { return awake.load(); }, 30ms));

    push("a", "1");

    EXPECT_TRUE(wait_until([&] { return awake.load(); }));
}

TEST_F(IntakeRingTest, StopsAWaitingConsumer)
{
    std::jthread consumer([&](const std::stop_token& stop) { ring->wait(stop, 60s); });
    const auto before = std::chrono::steady_clock::now();

    consumer.request_stop();
    consumer.join();

    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST_F(IntakeRingTest, WaitsNoLongerThanAsked)
{
    const auto before = std::chrono::steady_clock::now();
    ring->wait({}, 20ms);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
}

TEST_F(IntakeRingTest, RefusesASecondUser)
{
    const auto second = IntakeRing::open(file, capacity);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::denied);
}

TEST_F(IntakeRingTest, RefusesASizeOutOfBounds)
{
    EXPECT_EQ(IntakeRing::open(dir / "small", 1000).error().kind, ErrorKind::invalid);
    EXPECT_EQ(IntakeRing::open(dir / "large", IntakeRing::most_capacity + 1).error().kind,
              ErrorKind::invalid);
}

TEST_F(IntakeRingTest, TakesANewSizeOnlyWhenItIsDrained)
{
    push("a", "1");
    reopen(2 * capacity);
    EXPECT_EQ(ring->capacity_bytes(), capacity);
    EXPECT_EQ(take(), "a=1");
    ring->release(ring->position());
    const auto id = ring->id();

    reopen(2 * capacity);

    EXPECT_EQ(ring->capacity_bytes(), 2 * capacity);
    EXPECT_NE(ring->id(), id);
}

struct Damage {
    const char* what;
    std::size_t offset;
    std::string bytes;
};

struct DamagedRingTest : IntakeRingTest, testing::WithParamInterface<Damage> {};

TEST_P(DamagedRingTest, IsSetAsideAndMadeAnew)
{
    push("a", "1");
    const auto id = ring->id();
    damage(GetParam().offset, GetParam().bytes);

    reopen();

    EXPECT_NE(ring->id(), id);
    EXPECT_EQ(take(), "nothing");
    EXPECT_TRUE(std::filesystem::exists(file.string() + ".damaged"));
    push("b", "2");
    EXPECT_EQ(take(), "b=2");
}

using ring_layout::header_bytes;
using ring_layout::RingHeader;
INSTANTIATE_TEST_SUITE_P(All,
                         DamagedRingTest,
                         testing::Values(Damage{"Magic", 0, "X"},
                                         Damage{"Version", 8, "X"},
                                         Damage{"Capacity", 16, "XX"},
                                         Damage{"HeadBeyondCapacity", offsetof(RingHeader, head) + 4, "X"},
                                         Damage{"TailBeyondHead", offsetof(RingHeader, tail) + 1, "X"},
                                         Damage{"HeadNotAligned", offsetof(RingHeader, head), "\1"},
                                         Damage{"RecordLength", header_bytes, "XXXX"},
                                         Damage{"RecordKind", header_bytes + 6, "X"},
                                         Damage{"PayloadLength", header_bytes + 8, "X"}),
                         [](const auto& damage) { return std::string(damage.param.what); });

TEST_F(IntakeRingTest, SetsAsideATruncatedFile)
{
    for (const std::uintmax_t size : {0UL, 10UL, 5000UL}) {
        ring.reset();
        std::filesystem::resize_file(file, size);
        reopen();
        EXPECT_EQ(take(), "nothing");
        EXPECT_EQ(std::filesystem::file_size(file.string() + ".damaged"), size);
    }
}

TEST_F(IntakeRingTest, BehavesLikeAQueueWhateverTheSizes)
{
    std::mt19937 random(20'251'124);  // fixed, so that a failure comes again
    const auto pick = [&](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    std::deque<std::string> model;
    std::size_t unreleased = 0;
    std::stop_source stopped;
    stopped.request_stop();  // a full ring says so instead of waiting

    for (int step = 0; step < 60'000; ++step) {
        const auto topic = std::string(pick(40), 't');
        const auto payload =
            std::string(pick(10) == 0 ? pick(60'000) : pick(300), static_cast<char>('a' + pick(25)));
        if (pick(2) > 0 && ring->push({.topic = topic, .payload = payload}, stopped.get_token()))
            model.push_back(topic + "=" + payload);
        if (pick(2) > 0 && unreleased < model.size()) {
            ASSERT_EQ(take(), model[unreleased++]);
        }
        if (pick(9) == 0) {
            ring->release(ring->position());
            model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(unreleased));
            unreleased = 0;
        }
        if (pick(999) == 0) {
            reopen();
            unreleased = 0;
        }
    }
    for (; unreleased < model.size(); ++unreleased) ASSERT_EQ(take(), model[unreleased]);
    EXPECT_EQ(take(), "nothing");
}

TEST_F(IntakeRingTest, CarriesEverythingBetweenTwoThreads)
{
    constexpr std::uint64_t count = 200'000;
    std::jthread producer([&](const std::stop_token& stop) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto payload = std::to_string(i) + std::string(i % 97, '.');
            ring->push({.topic = "t", .payload = payload, .arrived_ms = static_cast<std::int64_t>(i)}, stop);
        }
    });

    std::uint64_t expected = 0;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (expected < count && std::chrono::steady_clock::now() < deadline) {
        ring->wait({}, 1s);
        while (const auto message = ring->next()) {
            ASSERT_EQ(message->payload, std::to_string(expected) + std::string(expected % 97, '.'));
            ASSERT_EQ(message->arrived_ms, static_cast<std::int64_t>(expected));
            ++expected;
        }
        ring->release(ring->position());
    }
    EXPECT_EQ(expected, count);
    EXPECT_EQ(ring->used_bytes(), 0);
}

TEST_F(IntakeRingTest, WakesTheConsumerAtMost250TimesASecond)
{
    std::jthread producer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            push("t", "p");
            std::this_thread::sleep_for(300us);
        }
    });
    const auto start = std::chrono::steady_clock::now();
    int wakes = 0;
    std::size_t messages = 0;
    for (; messages < 1000; ++wakes) {
        ring->wait({}, 1s);
        while (ring->next()) ++messages;
        ring->release(ring->position());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_LE(wakes, 250 * took.count() + 2);
}

}  // namespace
}  // namespace tidegate::bridge
