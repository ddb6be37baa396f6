#include "gateway/pipeline.hpp"

#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Suppress;

std::uint64_t count(const store::Books& books, Reject reason)
{
    return books.rejected.at(static_cast<std::size_t>(reason));
}

std::uint64_t count(const store::Books& books, Suppress reason)
{
    return books.suppressed.at(static_cast<std::size_t>(reason));
}

void expect_balance(const store::Books& books)
{
    std::uint64_t rejected = 0;
    for (const auto one : books.rejected) rejected += one;
    std::uint64_t suppressed = 0;
    for (const auto one : books.suppressed) suppressed += one;
    EXPECT_EQ(books.received, books.stored_messages + rejected);
    EXPECT_EQ(books.read, books.stored_readings + books.summarised + suppressed);
}

struct PipelineTest : testing::Test {
    PipelineTest() { open(); }
    ~PipelineTest() override { close(); }

    void open()
    {
        ring = bridge::IntakeRing::open(directory / "ring", 1 << 20).value();
        store::StoreOptions options;
        options.directory = directory / "data";
        store = store::Store::open(options).value();
        limits.runtime_directory = directory / "run";
        pipeline = std::make_unique<Pipeline>(std::vector{ring.get()}, *store, limits);
    }

    void close()
    {
        pipeline.reset();
        store.reset();
        ring.reset();
    }

    void push(std::string_view topic, std::string_view payload, bool retained = false)
    {
        ASSERT_TRUE(
            ring->push({.topic = topic, .payload = payload, .arrived_ms = ++time, .retained = retained}, {}));
    }

    // Everything that was pushed is through and committed.
    store::StoreState settle()
    {
        pipeline->start();
        pipeline->stop();
        EXPECT_TRUE(store->flush());
        return store->state();
    }

    tests::TempDir directory;
    PipelineOptions limits;
    std::int64_t time = 1'764'000'000'000;
    std::unique_ptr<bridge::IntakeRing> ring;  // outlives the store, as it must
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Pipeline> pipeline;
};

TEST_F(PipelineTest, StoresAndShowsWhatMessagesSay)
{
    push("plant/a/temperature", "21.5");
    push("tele/k/SENSOR", R"({"Time":"2026-11-24T05:00:00","AM2301":{"Temperature":20.1,"Humidity":50}})");
    const auto state = settle();
    EXPECT_EQ(state.books.received, 2U);
    EXPECT_EQ(state.books.stored_readings, 3U);
    EXPECT_EQ(state.last_seq, 3U);
    const auto id = store->series().find("tele/k/SENSOR", "/AM2301/Temperature");
    ASSERT_TRUE(id);
    EXPECT_EQ(store->live().get(*id).value, store::Value(20.1));
    EXPECT_EQ(store->series().get(*id)->unit, "°C");
    EXPECT_EQ(ring->used_bytes(), 0U) << "what is committed is released";
}

TEST_F(PipelineTest, CountsWhatItRejectsByReason)
{
    push("a", "");
    push("a", "{\"broken\":");
    push("a", "null");
    push("a", "1");
    ASSERT_TRUE(ring->push({.topic = "a", .arrived_ms = time, .oversize = true}, {}));
    const auto books = settle().books;
    EXPECT_EQ(books.received, 5U);
    EXPECT_EQ(books.stored_messages, 1U);
    EXPECT_EQ(count(books, Reject::empty), 1U);
    EXPECT_EQ(count(books, Reject::malformed), 1U);
    EXPECT_EQ(count(books, Reject::no_reading), 1U);
    EXPECT_EQ(count(books, Reject::too_large), 1U);
    expect_balance(books);
}

TEST_F(PipelineTest, CountsWhatCameBeforeAndStoresItOnce)
{
    push("a", "1");
    ASSERT_TRUE(
        ring->push({.topic = "a", .payload = "1", .arrived_ms = time, .duplicate = true, .again = true}, {}));
    ASSERT_TRUE(ring->push({.topic = "a", .payload = "1", .arrived_ms = ++time, .duplicate = true}, {}));
    const auto books = settle().books;
    EXPECT_EQ(books.received, 3U);
    EXPECT_EQ(books.stored_messages, 2U) << "what cannot be told for certain is kept";
    EXPECT_EQ(count(books, Reject::redelivered), 1U);
    expect_balance(books);
}

TEST_F(PipelineTest, DoesNotStoreARetainedValueAgain)
{
    push("a", "1", true);
    push("b", "1");
    settle();
    push("a", "1", true);
    push("b", "1", true);
    push("b", "2", true);
    push("b", "2");
    const auto books = settle().books;
    EXPECT_EQ(books.stored_readings, 4U);
    EXPECT_EQ(count(books, Suppress::retained_again), 2U);
    expect_balance(books);
}

TEST_F(PipelineTest, KeepsARunawayDeviceFromFillingTheSeriesTable)
{
    close();
    limits.series = 3;
    open();
    push("a", R"({"x":1,"y":2})");
    push("b", R"({"x":1,"y":2})");
    push("c", R"({"x":1,"y":2})");
    push("a", R"({"x":3,"y":4})");
    const auto books = settle().books;
    EXPECT_EQ(store->series().last(), 3U);
    EXPECT_EQ(books.stored_messages, 3U);
    EXPECT_EQ(books.stored_readings, 5U);
    EXPECT_EQ(count(books, Suppress::series_limit), 1U);
    EXPECT_EQ(count(books, Reject::series_limit), 1U);
    expect_balance(books);
}

TEST_F(PipelineTest, GoesOnBehindWhatIsCommittedAfterARestart)
{
    for (int i = 0; i < 100; ++i) push("a", std::to_string(i));
    settle();
    for (int i = 100; i < 150; ++i) push("a", std::to_string(i));
    close();  // nobody took these: they are in the ring alone
    open();
    const auto state = settle();
    EXPECT_EQ(state.books.received, 150U);
    EXPECT_EQ(state.last_seq, 150U);
    const auto history = store->history({{1}, 0, time + 1, 1000}, {}).value();
    ASSERT_EQ(history.series.at(0).v.size(), 150U);
    for (std::int64_t i = 0; i < 150; ++i)
        EXPECT_EQ(history.series[0].v[static_cast<std::size_t>(i)], store::Value(i));
}

TEST_F(PipelineTest, TakesFromSeveralRingsAndGoesOnInEachBehindWhatIsCommitted)
{
    const auto second = [&] { return bridge::IntakeRing::open(directory / "second", 1 << 20).value(); };
    auto other = second();
    const auto begin = [&] {
        pipeline = std::make_unique<Pipeline>(std::vector{ring.get(), other.get()}, *store, limits);
    };
    begin();
    push("a", "1");
    ASSERT_TRUE(other->push({.topic = "b", .payload = "2", .arrived_ms = ++time}, {}));
    EXPECT_EQ(settle().books.received, 2U);
    EXPECT_EQ(ring->used_bytes() + other->used_bytes(), 0U);
    ASSERT_TRUE(other->push({.topic = "b", .payload = "3", .arrived_ms = ++time}, {}));

    close();
    other.reset();
    other = second();
    open();
    begin();

    push("a", "4");
    const auto state = settle();
    EXPECT_EQ(state.books.received, 4U);
    EXPECT_EQ(state.intake.size(), 2U);
    EXPECT_EQ(store->live().get(*store->series().find("b", "")).value, store::Value(std::int64_t{3}));
    close();
}

TEST_F(PipelineTest, IsWokenByWhatComesIntoAnyOfItsRings)
{
    const auto other = bridge::IntakeRing::open(directory / "second", 1 << 20).value();
    pipeline = std::make_unique<Pipeline>(std::vector{ring.get(), other.get()}, *store, limits);
    pipeline->start();

    for (std::uint64_t i = 1; i <= 20; ++i) {
        ASSERT_TRUE(other->push({.topic = "b", .payload = "2", .arrived_ms = ++time}, {}));
        const auto since = std::chrono::steady_clock::now();
        ASSERT_TRUE(tests::wait_until([&] { return pipeline->messages() == i; }));
        EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::milliseconds(400))
            << "it would look by itself after half a second";
    }
    close();
}

TEST_F(PipelineTest, DoesNotMistakeAnOldPositionForOneInANewRing)
{
    for (int i = 0; i < 100; ++i) push("a", std::to_string(i));
    settle();
    close();
    std::filesystem::remove(directory / "ring");  // a reboot: the tmpfs is empty
    open();
    for (int i = 0; i < 10; ++i) push("a", std::to_string(1000 + i));
    EXPECT_EQ(settle().books.received, 110U);
}

TEST_F(PipelineTest, TakesUpAnotherRingAndOtherLimitsWhileItRuns)
{
    const auto attic = bridge::IntakeRing::open(directory / "attic", 1 << 20).value();
    pipeline->start();
    push("plant/a", "1");
    auto tighter = limits;
    tighter.decode.payload = 4;
    pipeline->apply(tighter, {ring.get(), attic.get()});
    ASSERT_TRUE(attic->push({.topic = "attic/b", .payload = "2", .arrived_ms = time}, {}));
    ASSERT_TRUE(tests::wait_until([&] { return store->live().all().size() == 2; }));

    push("plant/a", "12345");
    ASSERT_TRUE(tests::wait_until([&] { return pipeline->messages() == 3; }));
    pipeline->stop();
    ASSERT_TRUE(store->flush());
    const auto state = store->state();
    EXPECT_EQ(count(state.books, Reject::too_large), 1U);
    expect_balance(state.books);
    EXPECT_TRUE(tests::wait_until([&] { return attic->used_bytes() == 0; })) << "and its space is given back";
    close();
}

// The count that windows of a second have of a series; each window once.
std::map<std::int64_t, std::int64_t> counts_of(store::Store& store, std::string_view topic)
{
    std::map<std::int64_t, std::int64_t> counts;
    const auto id = store.series().find(topic, "@1s/count");
    if (!id) return counts;
    const auto history = store.history({{*id}, 0, 4'000'000'000'000, 100'000}, {}).value();
    const auto& series = history.series.at(0);
    for (std::size_t i = 0; i < series.t.size(); ++i)
        EXPECT_TRUE(counts.emplace(series.t[i], std::get<std::int64_t>(series.v[i])).second) << "twice";
    return counts;
}

TEST_F(PipelineTest, SumsUpInWindowsWhatItStoresAndGoesOnWithThemAfterAKill)
{
    close();
    Rule rule;
    rule.topic = "meter/#";
    rule.windows = std::vector{std::chrono::milliseconds(1000)};
    rule.values = std::vector<std::string>{"count"};
    limits.rules = {rule};
    limits.runtime_directory = directory / "run";
    open();
    std::map<std::int64_t, std::int64_t> expected;
    for (int i = 0; i < 5000; ++i) {
        ++time;
        push("meter/a", std::to_string(i));  // which takes another millisecond
        ++expected[time / 1000 * 1000];
        push("other", "1");
        if (i % 1000 != 999) continue;
        const auto books = settle().books;
        EXPECT_EQ(store->state().last_seq, books.stored_readings + books.derived);
        expect_balance(books);
        close();
        open();
    }
    const auto counts = counts_of(*store, "meter/a");
    EXPECT_EQ(counts, expected) << "long ago, so that the clock has closed all";
    EXPECT_FALSE(store->series().find("other", "@1s/count"));
    EXPECT_EQ(store->series().get(*store->series().find("meter/a", "@1s/count"))->of,
              *store->series().find("meter/a", ""));
    EXPECT_EQ(ring->used_bytes(), 0U);
}

TEST_F(PipelineTest, ThinsBulkUnderPressureAndNothingElse)
{
    close();
    Rule bulk;
    bulk.topic = "bulk/#";
    bulk.priority = "bulk";
    limits.rules = {bulk};
    open();
    const auto push_all = [&] {
        for (int i = 0; i < 50; ++i) {
            push("bulk/a", R"({"p":1})");
            push("plant/a", R"({"p":1})");
            push("bulk/zigbee", R"({"q":2})");
        }
    };
    push_all();
    EXPECT_EQ(count(settle().books, Suppress::pressure), 0U);
    pipeline->press(1);
    push_all();
    EXPECT_EQ(count(settle().books, Suppress::pressure), 0U) << "live updates come less often, that is all";
    pipeline->press(2);
    push_all();
    const auto books = settle().books;
    EXPECT_EQ(count(books, Suppress::pressure), 98U) << "of each of the two bulk series one was kept";
    EXPECT_EQ(books.stored_readings, 450U - 98U);
    expect_balance(books);
    pipeline->press(0);
    push_all();
    EXPECT_EQ(count(settle().books, Suppress::pressure), 98U);
}

TEST_F(PipelineTest, WhatARuleNamesStaysSoWhateverDiscoverySaysLater)
{
    close();
    Rule named;
    named.topic = "meter";
    named.rename = "Boiler";
    limits.rules = {named};
    open();
    push("meter", R"({"p":1500})");
    push(
        "homeassistant/sensor/flow/config",
        R"({"name":"Flow","state_topic":"meter","unit_of_measurement":"W","value_template":"{{ value_json.p }}",)"
        R"("device":{"name":"Main meter"}})");
    push("meter", R"({"p":1501})");
    settle();
    const auto series = store->series().get(*store->series().find("meter", "/p"));
    EXPECT_EQ(series->device, "Boiler");
    EXPECT_EQ(series->name, "Flow");
    EXPECT_EQ(series->unit, "W");
}

}  // namespace
}  // namespace tidegate::gateway
