#include "bridge/subscriber.hpp"

#include "support/broker.hpp"
#include "support/chaos_proxy.hpp"
#include "support/mute_broker.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using tests::wait_until;

constexpr auto small_ring = IntakeRing::least_capacity;

// A broker, a ring, and a subscriber between them; the test is the pipeline that takes from the ring.
struct SubscriberTest : testing::Test {
    tests::Broker broker;
    tests::TempDir dir;
    std::unique_ptr<IntakeRing> ring = IntakeRing::open(dir / "intake.ring", small_ring).value();
    SubscriberOptions options{.broker = {.url = broker.url(), .client_id = "gateway"}};
    SessionBook sessions{dir / "sessions.json"};
    std::unique_ptr<Subscriber> subscriber;  // ends before what it uses
    std::multiset<std::string> taken;        // payloads

    void start()
    {
        subscriber = std::make_unique<Subscriber>(options, *ring);
        ASSERT_TRUE(subscriber->start());
    }
    bool connected(std::uint64_t times = 1) const
    {
        return wait_until([&] {
            const auto status = subscriber->status();
            return status.connected && status.connects >= times;
        });
    }
    void start_connected()
    {
        start();
        ASSERT_TRUE(connected()) << subscriber->status().why;
    }
    // What the book says that the broker holds for us.
    std::vector<std::string> noted() const
    {
        return SessionBook(dir / "sessions.json").filters("gateway at " + broker.url());
    }
    void take_what_is_there()
    {
        while (const auto message = ring->next()) taken.emplace(message->payload);
        ring->release(ring->position());
    }
    // Takes until so many different payloads have come.
    bool takes(std::size_t different, std::chrono::milliseconds most = 20s)
    {
        std::set<std::string> seen(taken.begin(), taken.end());
        return wait_until(
            [&] {
                take_what_is_there();
                seen.insert(taken.begin(), taken.end());
                return seen.size() >= different;
            },
            most);
    }
    std::vector<std::string> filters() const
    {
        std::vector<std::string> names;
        for (const auto& wanted : options.filters) names.push_back(wanted.filter);
        return names;
    }
    std::uint64_t ends(LinkEnd how) const
    {
        return subscriber->status().ends.at(static_cast<std::size_t>(how));
    }
    void connect_through(const tests::ChaosProxy& proxy)
    {
        options.broker.url = "mqtt://127.0.0.1:" + std::to_string(proxy.port());
        start_connected();
    }
    static std::string numbers(int first, int count, std::size_t width = 0)
    {
        std::string lines;
        for (int i = first; i < first + count; ++i)
            lines += std::to_string(i) + std::string(width, '.') + "\n";
        return lines;
    }
};

TEST_F(SubscriberTest, PutsIntoTheRingWhatTheBrokerHas)
{
    start_connected();

    broker.publish("plant/boiler", "21.5");

    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    const auto message = ring->next().value();
    EXPECT_EQ(message.topic, "plant/boiler");
    EXPECT_EQ(message.payload, "21.5");
    EXPECT_FALSE(message.retained || message.duplicate || message.oversize);
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    EXPECT_NEAR(static_cast<double>(message.arrived_ms), static_cast<double>(now.count()), 10'000);
}

TEST_F(SubscriberTest, SaysWhatIsRetained)
{
    broker.publish("plant/boiler", "kept", {"-r"});
    start_connected();

    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    EXPECT_TRUE(ring->next().value().retained);
}

TEST_F(SubscriberTest, LeavesOutAPayloadThatIsTooLarge)
{
    options.largest_payload = 10;
    start_connected();

    broker.publish("large", "01234567890");

    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    const auto message = ring->next().value();
    EXPECT_TRUE(message.oversize);
    EXPECT_EQ(message.topic, "large");
    EXPECT_EQ(message.payload, "");
}

TEST_F(SubscriberTest, TakesOnlyWhatItsFiltersName)
{
    options.filters = {"a/+", "b/#"};
    start_connected();

    for (const auto* topic : {"a/1", "a/1/2", "b/1/2", "c"}) broker.publish(topic, topic);
    broker.publish("b/last", "last");

    ASSERT_TRUE(takes(3));
    EXPECT_THAT(taken, testing::UnorderedElementsAre("a/1", "b/1/2", "last"));
}

struct SubscriberVersionTest : SubscriberTest, testing::WithParamInterface<int> {};

TEST_P(SubscriberVersionTest, ReceivesWhatWasSentWhileItWasDown)
{
    options.broker.version = GetParam();
    start_connected();
    EXPECT_EQ(subscriber->status().version, GetParam());
    EXPECT_FALSE(subscriber->status().session_present);
    subscriber->stop();

    broker.publish_lines("t", numbers(0, 500));
    start_connected();

    EXPECT_TRUE(subscriber->status().session_present);
    EXPECT_TRUE(takes(500));
    EXPECT_EQ(taken.size(), 500);
}

TEST_P(SubscriberVersionTest, ReceivesWhatWasSentWhileItWasDownAlsoAcrossARestartOfTheBroker)
{
    options.broker.version = GetParam();
    start_connected();
    subscriber->stop();
    broker.publish_lines("t", numbers(0, 500));

    broker.stop();
    broker.start();
    start_connected();

    EXPECT_TRUE(subscriber->status().session_present);
    EXPECT_TRUE(takes(500));
}

TEST_P(SubscriberVersionTest, UnsubscribesWhatIsConfiguredNoMore)
{
    options.broker.version = GetParam();
    options.sessions = &sessions;
    options.filters = {"a/#", "b/#"};
    start_connected();
    subscriber->stop();
    broker.publish("a/queued", "of a filter that was right then");

    options.filters = {"b/#", "c/#"};
    start_connected();
    EXPECT_TRUE(subscriber->status().session_present);
    ASSERT_TRUE(wait_until([&] { return noted() == filters(); })) << "the broker has unsubscribed it";

    for (const auto* topic : {"a/1", "b/1", "c/1"}) broker.publish(topic, topic);
    ASSERT_TRUE(takes(3));
    EXPECT_THAT(taken, testing::UnorderedElementsAre("of a filter that was right then", "b/1", "c/1"));
}

TEST_P(SubscriberVersionTest, LosesNothingWhereAWiderFilterTakesThePlaceOfANarrowOne)
{
    options.broker.version = GetParam();
    options.sessions = &sessions;
    options.filters = {"a/#"};
    start_connected();
    subscriber->stop();

    options.filters = {"#"};
    start();
    for (int i = 0; i < 20; ++i) broker.publish("a/1", std::to_string(i));  // while it changes over

    EXPECT_TRUE(takes(20));
    ASSERT_TRUE(wait_until([&] { return noted() == filters(); }));
    broker.publish("a/1", "once");
    broker.publish("b/1", "last");
    ASSERT_TRUE(takes(22));
    EXPECT_EQ(taken.count("once"), 1) << "the narrow filter is still there";
}

INSTANTIATE_TEST_SUITE_P(Mqtt, SubscriberVersionTest, testing::Values(4, 5));

TEST_F(SubscriberTest, ComesBackAndSubscribesAgainWhenTheBrokerWasKilled)
{
    start_connected();

    broker.kill();
    EXPECT_TRUE(wait_until([&] { return !subscriber->status().connected; }));
    EXPECT_THAT(subscriber->status().why, testing::HasSubstr(broker.url()));
    EXPECT_TRUE(wait_until([&] { return subscriber->status().next_try_ms > 0; }));
    broker.start();
    const auto back = std::chrono::steady_clock::now();

    ASSERT_TRUE(connected(2));
    EXPECT_LT(std::chrono::steady_clock::now() - back, 3s);
    EXPECT_EQ(subscriber->status().next_try_ms, 0);
    EXPECT_FALSE(subscriber->status().session_present);  // killed before it had saved the session
    broker.publish("t", "after");
    EXPECT_TRUE(takes(1));
}

TEST_F(SubscriberTest, KeepsItsSessionWhenTheBrokerIsKilledAfterItHasSavedIt)
{
    start_connected();
    broker.save();
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(broker.dir() / "mosquitto.db"); }));

    broker.kill();
    broker.start();

    ASSERT_TRUE(connected(2));
    EXPECT_TRUE(subscriber->status().session_present);
}

TEST_F(SubscriberTest, UnsubscribesOnTheNextConnectionWhatItCouldNotUnsubscribeOnTheFirst)
{
    options.sessions = &sessions;
    options.filters = {"a/#"};
    start_connected();
    subscriber->stop();
    broker.stop();

    options.filters = {"b/#"};
    start();
    ASSERT_TRUE(wait_until([&] { return !subscriber->status().why.empty(); }));
    EXPECT_THAT(noted(), testing::UnorderedElementsAre("a/#", "b/#")) << "noted before anything is sent";
    subscriber->stop();
    broker.start();

    start_connected();
    EXPECT_TRUE(subscriber->status().session_present);
    EXPECT_TRUE(wait_until([&] { return noted() == std::vector<std::string>{"b/#"}; }));
}

TEST_F(SubscriberTest, TakesAnotherClientIdForANewSession)
{
    options.sessions = &sessions;
    options.filters = {"a/#"};
    start_connected();
    subscriber->stop();

    options.broker.client_id = "other";
    options.filters = {"b/#"};
    start_connected();

    EXPECT_FALSE(subscriber->status().session_present);
    EXPECT_EQ(sessions.filters("other at " + broker.url()), std::vector<std::string>{"b/#"});
    EXPECT_EQ(noted(), std::vector<std::string>{"a/#"}) << "the broker keeps the old session for its time";
}

TEST_F(SubscriberTest, ConnectsWhenTheBrokerComesLater)
{
    broker.stop();
    start();
    EXPECT_TRUE(wait_until([&] { return !subscriber->status().why.empty(); }));

    broker.start();

    EXPECT_TRUE(connected());
    EXPECT_EQ(subscriber->status().why, "");
}

TEST_F(SubscriberTest, LosesNothingWhenThePipelinePauses)
{
    constexpr int count = 20'000;
    start_connected();

    broker.publish_lines("t", numbers(0, count, 50));  // much more than the ring holds

    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > small_ring - 1000; }));
    EXPECT_TRUE(takes(count, 60s));
    EXPECT_TRUE(connected());
}

TEST_F(SubscriberTest, StopsWithAFullRingAndAcknowledgesNothingThatItDidNotKeep)
{
    constexpr int count = 20'000;
    start_connected();
    broker.publish_lines("t", numbers(0, count, 50));
    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > small_ring - 1000; }));

    const auto begin = std::chrono::steady_clock::now();
    subscriber->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    take_what_is_there();
    EXPECT_LT(taken.size(), 10'000);

    start_connected();
    EXPECT_TRUE(takes(count, 60s)) << "the broker was told of messages that nobody kept";
    EXPECT_GT(subscriber->status().duplicates, 0) << "some had been sent, and were not acknowledged";
}

TEST_F(SubscriberTest, LetsGoOfTheBrokerWhileTheRingHasNoRoomAndHoldsUpNobodyElse)
{
    constexpr int count = 20'000;
    start_connected();
    const auto other_ring = IntakeRing::open(dir / "other.ring", small_ring).value();
    tests::Broker other_broker;
    Subscriber other({.broker = {.url = other_broker.url(), .client_id = "other"}}, *other_ring);
    ASSERT_TRUE(other.start());
    ASSERT_TRUE(wait_until([&] { return other.status().connected; }));

    broker.publish_lines("t", numbers(0, count, 50));
    ASSERT_TRUE(wait_until([&] { return ends(LinkEnd::full) > 0; }));
    ASSERT_TRUE(wait_until([&] { return !subscriber->status().connected; }));
    EXPECT_THAT(subscriber->status().why, testing::HasSubstr("the intake ring is full"));
    EXPECT_EQ(subscriber->status().connects, 1);
    other_broker.publish("t", "elsewhere");
    EXPECT_TRUE(wait_until([&] { return other_ring->used_bytes() > 0; }, 2s)) << "Paho is held up";
    EXPECT_EQ(other.status().connects, 1);

    EXPECT_TRUE(takes(count, 60s));
    EXPECT_TRUE(connected(2));
    EXPECT_GT(subscriber->status().duplicates, 0) << "what it did not take came again";
}

TEST_F(SubscriberTest, StopsWhenTheBrokerSaysNothing)
{
    start_connected();
    broker.freeze();

    const auto begin = std::chrono::steady_clock::now();
    subscriber->stop();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    broker.thaw();
}

TEST_F(SubscriberTest, NoticesABrokerThatAcceptsAndSaysNothing)
{
    broker.freeze();
    start();

    EXPECT_TRUE(wait_until([&] { return !subscriber->status().why.empty(); }, 9s));
    EXPECT_THAT(subscriber->status().why, testing::HasSubstr("no answer"));
    broker.thaw();
    EXPECT_TRUE(connected());
}

TEST_F(SubscriberTest, GivesUpABrokerThatAcceptsTheConnectionAndThenSaysNothing)
{
    const tests::MuteBroker mute({0x20, 3, 0, 0, 0});
    options.broker.url = mute.url();
    start();

    EXPECT_TRUE(wait_until([&] { return mute.connections() >= 2; }, 12s)) << "it is tried again";
    EXPECT_THAT(subscriber->status().why, testing::HasSubstr("no answer to SUBSCRIBE"));
    EXPECT_FALSE(subscriber->status().connected);
    subscriber.reset();
}

TEST_F(SubscriberTest, StopsWhileItConnects)
{
    broker.freeze();
    start();

    const auto begin = std::chrono::steady_clock::now();
    subscriber->stop();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    broker.thaw();
}

TEST_F(SubscriberTest, NoticesABrokerThatFallsSilent)
{
    options.broker.keep_alive = 1s;
    start_connected();

    broker.freeze();

    EXPECT_TRUE(wait_until([&] { return !subscriber->status().connected; }, 8s));
    broker.thaw();
    EXPECT_TRUE(connected(2));
}

TEST_F(SubscriberTest, GivesUpALinkThatHasGoneSilentWithinTwiceTheKeepAlive)
{
    tests::ChaosProxy proxy(broker.port());
    options.broker.keep_alive = 3s;
    connect_through(proxy);
    EXPECT_FALSE(wait_until([&] { return subscriber->status().connects > 1; }, 5s))
        << "a quiet link is none that is gone";

    proxy.set({.silent = true});
    const auto since = std::chrono::steady_clock::now();
    broker.publish("t", "into the void");

    EXPECT_TRUE(wait_until([&] { return ends(LinkEnd::silent) > 0; }));
    EXPECT_LT(std::chrono::steady_clock::now() - since, 1.5 * 3s + 2s);
    EXPECT_THAT(subscriber->status().why, testing::HasSubstr("it has said nothing for 4 s"));
    proxy.set({});
    EXPECT_TRUE(connected(2));
    EXPECT_TRUE(takes(1)) << "the broker had kept it";
    EXPECT_EQ(ends(LinkEnd::closed), 0);
}

TEST_F(SubscriberTest, CountsWhatEndedItsConnections)
{
    tests::ChaosProxy proxy(broker.port());
    connect_through(proxy);
    proxy.cut();
    ASSERT_TRUE(connected(2));
    EXPECT_EQ(ends(LinkEnd::closed), 1);
    EXPECT_EQ(ends(LinkEnd::unreachable), 0);
    subscriber->stop();

    tests::Broker strict("\npassword_file /dev/null");
    options.broker.url = "mqtt://127.0.0.1:1";  // nobody listens there
    start();
    EXPECT_TRUE(wait_until([&] { return ends(LinkEnd::unreachable) > 0; }));
}

TEST_F(SubscriberTest, LosesNothingOnALinkThatIsSlowAndBreaksAllTheTime)
{
    tests::ChaosProxy proxy(broker.port(), {.delay = 5ms, .bytes_per_s = 200'000});
    connect_through(proxy);

    std::thread publisher([&] { broker.publish_lines("t", numbers(0, 5000)); });
    for (int i = 0; i < 5; ++i) {
        const auto before = taken.size();
        wait_until([&] { return take_what_is_there(), taken.size() > before + 200; }, 3s);
        proxy.cut();
    }
    publisher.join();

    EXPECT_TRUE(takes(5000, 60s));
    EXPECT_GE(ends(LinkEnd::closed), 4);
}

TEST_F(SubscriberTest, TellsWhatTheBrokerDeliversAgainFromWhatIsMerelyEqual)
{
    constexpr int count = 1000;
    tests::Broker wide("max_inflight_messages 0");
    tests::ChaosProxy proxy(wide.port());
    options.memory = dir / "seen";
    connect_through(proxy);
    wide.publish("t", "21.5");
    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    std::this_thread::sleep_for(1100ms);  // a pause shows in which order the broker gives its ids
    wide.publish("t", "21.5");

    proxy.set({.delay = 3s});  // all of them are here before the first acknowledgement is there
    wide.publish_lines("t", [] {
        std::string lines;
        for (int i = 0; i < count; ++i) lines += "21.5\n";
        return lines;
    }());
    std::size_t messages = 0, again = 0;
    const auto look = [&] {
        while (const auto message = ring->next()) ++(message->again ? again : messages);
        ring->release(ring->position());
        return messages + again;
    };
    ASSERT_TRUE(wait_until([&] { return look() == count + 2; })) << messages;
    proxy.set({});
    proxy.cut();

    ASSERT_TRUE(connected(2));
    EXPECT_TRUE(wait_until([&] { return look() >= 2 * count + 2; })) << again;
    EXPECT_EQ(messages, count + 2) << "equal values are values";
    EXPECT_EQ(again, count) << "and each of these came before";
    EXPECT_EQ(subscriber->status().redelivered, count);
    EXPECT_EQ(subscriber->status().duplicates, count);
}

TEST_F(SubscriberTest, AsksForEachFilterWithItsOwnQos)
{
    options.filters = {{"safe/#", 1}, {"noise/#", 0}};
    start_connected();
    subscriber->stop();
    broker.publish("noise/1", "not kept for us");
    broker.publish("safe/1", "kept for us");
    start_connected();
    broker.publish("noise/1", "heard");

    ASSERT_TRUE(takes(2));
    EXPECT_THAT(taken, testing::UnorderedElementsAre("kept for us", "heard"));
}

TEST_P(SubscriberVersionTest, SaysWhetherItIsThereAndTheBrokerSaysItWhenItIsLost)
{
    options.broker.version = GetParam();
    tests::ChaosProxy proxy(broker.port());
    options.status_topic = "tidegate/g/status";
    options.online = "online";
    options.offline = "offline";
    options.own = {"tidegate/g/#"};
    const auto watched = IntakeRing::open(dir / "watched.ring", small_ring).value();
    Subscriber watcher({.broker = {.url = broker.url(), .client_id = "watcher"}, .filters = {"tidegate/#"}},
                       *watched);
    ASSERT_TRUE(watcher.start());
    ASSERT_TRUE(wait_until([&] { return watcher.status().connected; }));
    std::vector<std::string> said;
    const auto says = [&](const std::vector<std::string>& all) {
        return wait_until([&] {
            while (const auto message = watched->next()) said.emplace_back(message->payload);
            return said == all;
        });
    };

    connect_through(proxy);
    EXPECT_TRUE(says({"online"})) << testing::PrintToString(said);
    proxy.cut();
    ASSERT_TRUE(connected(2));
    EXPECT_TRUE(says({"online", "offline", "online"})) << testing::PrintToString(said);
    subscriber->stop();
    EXPECT_TRUE(says({"online", "offline", "online", "offline"})) << testing::PrintToString(said);
    EXPECT_EQ(ring->used_bytes(), 0U) << "its own words are no readings";
    EXPECT_GT(subscriber->status().own, 0);

    Subscriber later({.broker = {.url = broker.url(), .client_id = "later"}, .filters = {"tidegate/#"}},
                     *ring);
    ASSERT_TRUE(later.start());
    ASSERT_TRUE(wait_until([&] { return ring->used_bytes() > 0; }));
    EXPECT_EQ(ring->next().value().payload, "offline") << "it is retained";
}

TEST_F(SubscriberTest, RefusesOptionsThatCannotBe)
{
    for (auto wrong :
         {SubscriberOptions{.broker = {.url = "http://localhost"}}, SubscriberOptions{.filters = {}},
          SubscriberOptions{.filters = {"a", ""}}, SubscriberOptions{.filters = {{"a", 3}}},
          SubscriberOptions{.filters = {{"a/#", 1}, {"a/b", 0}}},
          SubscriberOptions{.broker = {.version = 3}}}) {
        Subscriber refused(wrong, *ring);
        const auto started = refused.start();
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().kind, ErrorKind::invalid);
    }
}

}  // namespace
}  // namespace tidegate::bridge
