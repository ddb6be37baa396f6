#include "web/server/buffer_state.hpp"

#include "web/server/gateway_view.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::web {
namespace {

using nlohmann::json;

UpstreamFacts upstream(std::string id,
                       std::uint64_t cursor,
                       std::int64_t oldest_ms,
                       std::uint64_t discarded = 0)
{
    UpstreamFacts facts;
    facts.id = std::move(id);
    facts.oldest_ms = oldest_ms;
    facts.books.cursor = cursor;
    facts.books.discarded[0] = discarded;
    return facts;
}

TEST(BufferState, SpeaksOfTheUpstreamThatIsFurthestBehind)
{
    GatewayFacts facts;
    facts.store.last_seq = 1000;
    facts.store.held_bytes = 25;
    facts.store.held_bytes_most = 100;
    facts.upstreams = {upstream("near", 990, 99'000, 3), upstream("far", 400, 40'000, 4),
                       upstream("done", 1000, 0)};

    const BufferState state = buffer_state(facts, 100'000);

    EXPECT_EQ(state.held, 600U);
    EXPECT_EQ(state.oldest_s, 60);
    EXPECT_DOUBLE_EQ(state.level, 0.25);
    EXPECT_EQ(state.lost, 7U);
}

TEST(BufferState, IsEmptyWithoutUpstreams)
{
    const BufferState state = buffer_state(GatewayFacts{}, 100'000);
    EXPECT_EQ(state.held, 0U);
    EXPECT_EQ(state.level, 0);
}

TEST(BufferState, NeverSaysMoreThanFull)
{
    GatewayFacts facts;
    facts.store.held_bytes = 300;
    facts.store.held_bytes_most = 100;
    EXPECT_EQ(buffer_state(facts, 0).level, 1);
}

store::StoreState room(std::uint64_t held, std::uint64_t most, double bytes_a_reading)
{
    store::StoreState store;
    store.held_bytes = held;
    store.held_bytes_most = most;
    store.bytes_a_reading = bytes_a_reading;
    return store;
}

TEST(FillTrend, TellsWhenTheBufferWillBeFull)
{
    FillTrend trend;
    for (int second = 0; second <= 30; ++second)
        trend.add(1000 * second, 10 * static_cast<std::uint64_t>(second));
    EXPECT_EQ(trend.seconds_until_full(room(4000, 14'000, 10)), 100);
    EXPECT_EQ(trend.seconds_until_full(room(4000, 14'000, 2)), 500) << "sealed, a reading takes less";
    EXPECT_EQ(trend.seconds_until_full(room(14'000, 14'000, 10)), 0);
    EXPECT_EQ(trend.seconds_until_full(room(0, 14'000, 0)), std::nullopt)
        << "a reading's bytes are not known";
}

TEST(FillTrend, SaysNothingUnlessTheBufferIsFilling)
{
    FillTrend fresh, steady, draining;
    for (int second = 0; second <= 60; ++second) {
        const auto n = static_cast<std::uint64_t>(second);
        if (second < 5) fresh.add(1000 * second, n);
        steady.add(1000 * second, 10);
        draining.add(1000 * second, 1000 - n);
    }
    EXPECT_EQ(FillTrend{}.seconds_until_full(room(10, 10'000, 10)), std::nullopt);
    for (const auto* trend : {&fresh, &steady, &draining}) {
        EXPECT_EQ(trend->seconds_until_full(room(10, 10'000, 10)), std::nullopt);
    }
}

TEST(FillTrend, ForgetsWhatIsOlderThanAMinute)
{
    FillTrend trend;
    for (int second = 0; second <= 300; ++second) {
        const auto n = static_cast<std::uint64_t>(second);
        trend.add(1000 * second, second < 200 ? 1000 * n : 200'000 + n);
    }
    EXPECT_EQ(trend.seconds_until_full(room(1000, 1500, 1)), 500);
}

TEST(GatewayView, SaysTheFieldsOfTheProtocol)
{
    store::SeriesTable series;
    for (int i = 0; i < 4; ++i) series.add({0, "t/" + std::to_string(i), "", "", "", ""});
    GatewayFacts now;
    now.gateway = "pi-4f2a";
    now.devices = 2;
    now.messages_per_s = 412.04;
    now.store.last_seq = 50;
    now.store.wear.total = 5000;
    now.brokers.resize(2);
    now.brokers[0].why = "bad \xFF byte";
    now.brokers[1].name = "hall";
    now.brokers[1].duplicates = 7;
    now.upstreams = {upstream("cloud", 20, 1000)};
    const Facts facts{[&now] { return now; }, {}, {}};
    GatewayView view(facts, series);

    const auto message = json::parse(view.sample({61'000, 5000}));

    EXPECT_EQ(message["k"], "gw");
    EXPECT_EQ(message["t"], 61'000);
    EXPECT_EQ(message["in"], 412.0);
    EXPECT_EQ(message["held"], 30);
    EXPECT_EQ(message["oldest"], 60);
    EXPECT_EQ(message["full_in"], nullptr);
    EXPECT_EQ(message["series"], 4);
    EXPECT_EQ(message["devices"], 2);
    EXPECT_EQ(message["brokers"][0], message["broker"]) << "the first one";
    EXPECT_EQ(message["brokers"][1]["id"], "hall");
    EXPECT_EQ(message["brokers"][1]["duplicates"], 7);
    EXPECT_EQ(message["up"][0]["id"], "cloud");
    EXPECT_EQ(message["up"][0]["queued"], 30);
    EXPECT_EQ(message["wear"], json({{"bytes", 5000}, {"day", nullptr}, {"days_left", nullptr}}));
    for (const auto* name : {"rin", "level", "lost", "room", "cpu", "rss", "db", "trouble", "broker"}) {
        EXPECT_TRUE(message.contains(name)) << name;
    }
    now.store.wear.per_day = 250;
    now.card_endurance = 10'000;
    const auto later = json::parse(view.state_json({61'000, 5000}));
    EXPECT_FALSE(later.contains("k"));
    EXPECT_EQ(later["wear"], json({{"bytes", 5000}, {"day", 250}, {"days_left", 20}}));
}

TEST(Books, AddUp)
{
    store::StoreState state;
    state.epoch = 0xb7c1;
    state.last_seq = 4000;
    state.books.received = 1000;
    state.books.stored_messages = 990;
    state.books.rejected[0] = 10;
    state.books.read = 4100;
    state.books.stored_readings = 4000;
    state.books.suppressed[0] = 100;
    state.given_up = {{store::Tier::readings, 60'000, "bytes", 40},
                      {store::Tier::readings, 3'600'000, "bytes", 10},
                      {store::Tier::readings, 60'000, "disk", 7},
                      {store::Tier::hours, 0, "age", 3}};
    state.upstreams = {{"cloud", 1000, 3700, 2600, {90, 3, 7}, 0}};

    const auto books = json::parse(books_json(state));

    EXPECT_EQ(books["messages"]["rejected"]["empty"], 10);
    EXPECT_EQ(books["readings"]["suppressed"]["retained_again"], 100);
    EXPECT_EQ(books["epoch"], "000000000000b7c1");
    const auto& cloud = books["upstreams"][0];
    EXPECT_EQ(cloud["stored"], 3000);
    EXPECT_EQ(cloud["discarded"],
              json({{"buffer_full", 90}, {"damaged", 3}, {"refused", 7}, {"left_out", 0}}));
    EXPECT_EQ(cloud["stored"].get<int>(), cloud["delivered"].get<int>() + cloud["queued"].get<int>() + 100);
    EXPECT_EQ(books["history"], json({{"thinned", {{"readings", {{"bytes", 50}, {"disk", 7}}}}},
                                      {"dropped", {{"hours", {{"age", 3}}}}}}))
        << "minutes and hours in one";
}

}  // namespace
}  // namespace tidegate::web
