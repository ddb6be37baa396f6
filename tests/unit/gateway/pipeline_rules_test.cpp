#include "base/clock.hpp"
#include "gateway/pipeline.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::uint64_t sum(const auto& counts)
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

struct PipelineRulesTest : testing::Test {
    ~PipelineRulesTest() override { close(); }

    Rule& rule(std::string topic)
    {
        options.rules.emplace_back().topic = std::move(topic);
        return options.rules.back();
    }

    void open()
    {
        ring = bridge::IntakeRing::open(directory / "ring", 1 << 20).value();
        store::StoreOptions where;
        where.directory = directory / "data";
        store = store::Store::open(where).value();
        options.runtime_directory = directory / "run";
        pipeline = std::make_unique<Pipeline>(std::vector{ring.get()}, *store, options);
    }

    void close()
    {
        pipeline.reset();
        store.reset();
        ring.reset();
    }

    void push(std::string_view topic,
              std::string_view payload,
              std::int64_t after_ms = 1000,
              bool retained = false)
    {
        time += after_ms;
        ASSERT_TRUE(
            ring->push({.topic = topic, .payload = payload, .arrived_ms = time, .retained = retained}, {}));
    }

    store::StoreState settle()
    {
        pipeline->start();
        pipeline->stop();
        EXPECT_TRUE(store->flush());
        const auto state = store->state();
        const auto& books = state.books;
        EXPECT_EQ(books.received, books.stored_messages + sum(books.rejected));
        EXPECT_EQ(books.read, books.stored_readings + books.summarised + sum(books.suppressed));
        EXPECT_EQ(state.last_seq, books.stored_readings + books.derived);
        return state;
    }

    store::SeriesId id(std::string_view topic, std::string_view field = "") const
    {
        return store->series().find(topic, field).value_or(0);
    }

    std::vector<store::Value> history(store::SeriesId series) const
    {
        return store->history({{series}, 0, time + 86'400'000, 10'000}, {}).value().series.at(0).v;
    }

    static std::uint64_t count(const store::Books& books, store::Suppress why)
    {
        return books.suppressed.at(static_cast<std::size_t>(why));
    }

    tests::QuietLog quiet;
    tests::TempDir directory;
    PipelineOptions options;
    std::int64_t time = 1'764'000'000'000;  // a multiple of 10 s
    std::unique_ptr<bridge::IntakeRing> ring;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Pipeline> pipeline;
};

TEST_F(PipelineRulesTest, DropsUnreadWhatARuleSamplesAway)
{
    rule("flood/#").sample = 1s;
    open();
    for (int i = 0; i < 100; ++i) push("flood/a", "{broken", 100);
    for (int i = 0; i < 10; ++i) push("quiet", "1", 10);
    const auto books = settle().books;
    EXPECT_EQ(books.received, 110U);
    EXPECT_EQ(books.rejected.at(static_cast<std::size_t>(store::Reject::sampled)), 90U);
    EXPECT_EQ(books.rejected.at(static_cast<std::size_t>(store::Reject::malformed)), 10U);
    EXPECT_EQ(books.stored_messages, 10U);
}

TEST_F(PipelineRulesTest, ShowsEveryValueAndStoresTheChanges)
{
    rule("a").deadband = Deadband{1, false};
    rule("b").on_change = true;
    open();
    for (const auto* value : {"20.0", "20.5", "20.9", "21.0", "20.5"}) push("a", value);
    for (const auto* value : {"on", "on", "off"}) push("b", value);
    const auto books = settle().books;
    EXPECT_THAT(history(id("a")), ElementsAre(20.0, 21.0));
    EXPECT_EQ(history(id("b")).size(), 2U);
    EXPECT_EQ(count(books, store::Suppress::deadband), 3U);
    EXPECT_EQ(count(books, store::Suppress::unchanged), 1U);
    const auto latest = store->live().get(id("a"));
    EXPECT_EQ(latest.value, store::Value(20.5)) << "the dashboard shows what is not stored";
    EXPECT_EQ(latest.time_ms, time - 3000);
}

TEST_F(PipelineRulesTest, MakesSeriesOfWindowsAsFarAsAReloadAllowsThem)
{
    rule("#").windows = std::vector{std::chrono::milliseconds(std::chrono::minutes(1))};
    options.series = 1;
    open();
    push("a", "1");
    push("a", "2", 120'000);
    options.series = 100;
    pipeline->apply(options, {ring.get()});
    push("a", "3", 120'000);
    push("a", "4", 120'000);
    EXPECT_GT(settle().books.derived, 0U);
}

TEST_F(PipelineRulesTest, NamesScalesAndReadsAsTheRulesSay)
{
    rule("raw/#").decoder = "text";
    auto& scaled = rule("meter/#");
    scaled.rename = "Heat pump";
    scaled.name = "Power";
    scaled.unit = "kW";
    scaled.factor = 0.001;
    open();
    push("raw/x", "42");
    push("meter/x", "1500");
    settle();
    EXPECT_EQ(store->live().get(id("raw/x")).value, store::Value("42"));
    EXPECT_EQ(store->live().get(id("meter/x")).value, store::Value(1.5));
    const auto series = *store->series().get(id("meter/x"));
    EXPECT_EQ(series.device, "Heat pump");
    EXPECT_EQ(series.name, "Power");
    EXPECT_EQ(series.unit, "kW");
}

TEST_F(PipelineRulesTest, NamesASeriesThatIsOlderThanTheRule)
{
    open();
    push("meter/x", "1");
    settle();
    close();
    rule("meter/#").rename = "Heat pump";
    auto& of_device = rule("#");
    of_device.device = "Heat pump";
    of_device.on_change = true;
    open();
    push("meter/x", "1");
    push("meter/x", "1");
    EXPECT_EQ(count(settle().books, store::Suppress::unchanged), 1U);
    EXPECT_EQ(store->series().get(id("meter/x"))->device, "Heat pump");
    close();
    open();
    EXPECT_EQ(store->series().get(id("meter/x"))->device, "Heat pump");
}

TEST_F(PipelineRulesTest, TakesNoPressOfAButtonForARepeat)
{
    auto& all = rule("#");
    all.on_change = true;
    all.rate = 1min;
    auto& own = rule("bell");
    own.event = true;
    open();
    for (int i = 0; i < 3; ++i) push("zigbee2mqtt/button", R"({"action":"single"})");
    for (int i = 0; i < 3; ++i) push("bell", "ring");
    settle();
    EXPECT_EQ(history(id("zigbee2mqtt/button", "/action")).size(), 3U);
    EXPECT_EQ(history(id("bell")).size(), 3U);
}

TEST_F(PipelineRulesTest, ComparesARetainedValueAsItIsScaled)
{
    rule("a").factor = 10;
    open();
    push("a", "5");
    settle();
    push("a", "5", 1000, true);
    push("a", "50", 1000, true);
    const auto books = settle().books;
    EXPECT_EQ(count(books, store::Suppress::retained_again), 1U);
    EXPECT_THAT(history(id("a")), ElementsAre(std::int64_t{50}, std::int64_t{500}));
}

TEST_F(PipelineRulesTest, EndsASummaryOnTimeThoughNothingMoreComes)
{
    rule("a").rate = 200ms;
    open();
    time = wall_ms();
    pipeline->start();
    push("a", "5", 0);
    push("a", "9", 0);
    push("a", "1", 0);
    push("a", "4", 0);
    ASSERT_TRUE(tests::wait_until([&] { return pipeline->readings() == 6; }))
        << "first, extremes, last, count and mean";
    const auto books = settle().books;
    EXPECT_EQ(books.derived, 2U);
    auto values = history(id("a"));
    std::ranges::sort(values);
    EXPECT_THAT(values, ElementsAre(std::int64_t{1}, std::int64_t{4}, std::int64_t{5}, std::int64_t{9}))
        << "all of one millisecond, and none hides another";
    EXPECT_EQ(store->live().get(id("a")).value, store::Value(std::int64_t{4})) << "no extreme is shown again";
    EXPECT_EQ(store->live().get(id("a", "@summary/mean")).value, store::Value(4.75));
}

TEST_F(PipelineRulesTest, GoesOnWithAnOpenSummaryAfterARestart)
{
    rule("a").rate = 10s;
    open();
    time -= 1000;
    for (const auto* value : {"5", "9", "6"}) push("a", value);
    settle();
    close();
    open();
    for (const auto* value : {"1", "4"}) push("a", value);
    push("a", "7", 10'000);
    const auto books = settle().books;
    EXPECT_THAT(history(id("a")), ElementsAre(std::int64_t{5}, std::int64_t{9}, std::int64_t{1},
                                              std::int64_t{4}, std::int64_t{7}));
    EXPECT_EQ(store->live().get(id("a", "@summary/count")).value, store::Value(std::int64_t{5}));
    EXPECT_EQ(books.summarised, 1U) << "6";
    EXPECT_EQ(books.read, 6U);
}

TEST_F(PipelineRulesTest, KeepsItsBooksWhateverComesAndHoweverOftenItStarts)
{
    rule("sampled/#").sample = 3s;
    auto& rate = rule("rate/#");
    rate.rate = 10s;
    auto& both = rule("both/#");
    both.rate = 5s;
    both.deadband = Deadband{3, false};
    both.heartbeat = 20s;
    rule("#").on_change = true;
    std::mt19937 random(3);
    const std::vector<std::string> topics{"sampled/a", "rate/a", "rate/b", "both/a", "both/b", "other"};
    const std::vector<std::string> payloads{"null", "on", R"({"x":1,"y":true,"z":"t"})", "", "{broken"};
    for (int round = 0; round < 5; ++round) {
        open();
        for (int i = 0; i < 500; ++i) {
            const auto payload =
                random() % 3 != 0 ? std::to_string(random() % 20) : payloads[random() % payloads.size()];
            push(topics[random() % topics.size()], payload, static_cast<std::int64_t>(random() % 3000) - 500,
                 random() % 10 == 0);
        }
        const auto books = settle().books;
        EXPECT_GT(books.summarised, 0U);
        EXPECT_GT(books.derived, 0U);
        EXPECT_GT(count(books, store::Suppress::deadband), 0U);
        close();
    }
}

}  // namespace
}  // namespace tidegate::gateway
