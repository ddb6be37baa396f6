// What discovery says reaches the series, stays with it, and does not hold up live data.
#include "gateway/pipeline.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fmt/format.h>

namespace tidegate::gateway {
namespace {

struct MetadataTest : testing::Test {
    MetadataTest() { open(); }
    ~MetadataTest() override { close(); }

    void open()
    {
        ring = bridge::IntakeRing::open(directory / "ring", 64 << 20).value();
        store::StoreOptions options;
        options.directory = directory / "data";
        store = store::Store::open(options).value();
        options_.runtime_directory = directory / "run";
        options_.publish = [this](const Request& request) { published.push_back(request.topic); };
        pipeline = std::make_unique<Pipeline>(std::vector{ring.get()}, *store, options_);
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

    store::StoreState settle()
    {
        pipeline->start();
        pipeline->stop();
        EXPECT_TRUE(store->flush());
        return store->state();
    }

    store::Series series(std::string_view topic, std::string_view field)
    {
        const auto id = store->series().find(topic, field);
        EXPECT_TRUE(id) << topic << "#" << field;
        return id ? *store->series().get(*id) : store::Series{};
    }

    tests::TempDir directory;
    PipelineOptions options_;
    std::vector<std::string> published;
    std::int64_t time = 1'764'000'000'000;
    std::unique_ptr<bridge::IntakeRing> ring;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Pipeline> pipeline;
};

TEST_F(MetadataTest, IsTakenUpWithTheSeriesAndSurvivesARestart)
{
    push(
        "homeassistant/sensor/flow/config",
        R"({"name":"Flow","state_topic":"meter","unit_of_measurement":"W","value_template":"{{ value_json.p }}",)"
        R"("device":{"name":"Main meter"}})",
        true);
    push("meter", R"({"p":1500})");
    const auto books = settle().books;
    EXPECT_EQ(books.stored_messages, 2U) << "what discovery says is kept with the series";
    EXPECT_EQ(books.stored_readings, 1U);
    EXPECT_EQ(store->series().last(), 1U) << "and makes no series itself";
    close();
    open();
    const auto known = series("meter", "/p");
    EXPECT_EQ(known.name, "Flow");
    EXPECT_EQ(known.unit, "W");
    EXPECT_EQ(known.device, "Main meter");
}

constexpr auto flow_config =
    R"({"name":"Flow","state_topic":"meter","unit_of_measurement":"W","value_template":"{{ value_json.p }}",)"
    R"("device_class":"power","expire_after":60,"availability_topic":"meter/up","device":{"name":"Main meter"}})";

TEST_F(MetadataTest, ReachesASeriesThatIsThereAlready)
{
    push("meter", R"({"p":1500})");
    settle();
    EXPECT_EQ(series("meter", "/p").name, "p");
    push("homeassistant/sensor/flow/config", flow_config, true);
    settle();
    EXPECT_EQ(series("meter", "/p").name, "Flow");
    EXPECT_EQ(pipeline->renamed(), 1U);
    push("homeassistant/sensor/flow/config", flow_config, true);
    settle();
    EXPECT_EQ(pipeline->renamed(), 1U) << "said again, it is no news";
    close();
    open();
    const auto known = series("meter", "/p");
    EXPECT_EQ(known.name, "Flow");
    EXPECT_EQ(known.unit, "W");
    EXPECT_EQ(known.device, "Main meter");
    EXPECT_EQ(known.device_class, "power");
    EXPECT_EQ(known.availability, "meter/up");
    EXPECT_EQ(known.expires_s, 60U);
}

TEST_F(MetadataTest, ReachesASeriesOfBeforeARestartThatIsNotHeardYet)
{
    push("meter", R"({"p":1500})");
    settle();
    close();
    open();
    push("homeassistant/sensor/flow/config", flow_config, true);
    settle();
    EXPECT_EQ(series("meter", "/p").name, "Flow");
}

TEST_F(MetadataTest, StaysWhenTheGatewayStartsBeforeDiscoveryIsToldAgain)
{
    push("homeassistant/sensor/flow/config", flow_config, true);
    push("meter", R"({"p":1500})");
    settle();
    close();
    open();
    push("meter", R"({"p":1501})");
    settle();
    EXPECT_EQ(series("meter", "/p").name, "Flow") << "what the topic gives away does not go over it";
    EXPECT_EQ(pipeline->renamed(), 0U);
}

TEST_F(MetadataTest, TakenBackLeavesTheNamesThatPeopleKnow)
{
    push("homeassistant/sensor/flow/config", flow_config, true);
    push("meter", R"({"p":1500})");
    push("homeassistant/sensor/flow/config", "");
    push("meter", R"({"p":1501})");
    settle();
    EXPECT_EQ(series("meter", "/p").name, "Flow");
}

TEST_F(MetadataTest, OfTooManyOrTooLongFactsIsCountedByItselfAndSaid)
{
    close();
    options_.decode.metadata = 100;
    open();
    for (int i = 0; i < 101; ++i)
        push(fmt::format("homeassistant/sensor/x{}/config", i),
             fmt::format(R"({{"name":"N","state_topic":"t{}"}})", i), true);
    auto books = settle().books;
    EXPECT_EQ(pipeline->facts(), 100U);
    EXPECT_EQ(pipeline->refusals().full, 1U);
    EXPECT_EQ(books.rejected[static_cast<std::size_t>(store::Reject::series_limit)], 1U);

    close();
    options_.decode.metadata = 1000;
    open();
    push("homeassistant/sensor/long/config",
         fmt::format(R"({{"name":"{}","state_topic":"t"}})", std::string(300, 'n')), true);
    push("homeassistant/sensor/longer/config",
         fmt::format(R"({{"name":"N","state_topic":"{}"}})", std::string(3000, 't')), true);
    push("t", "1");
    settle();
    EXPECT_EQ(pipeline->refusals().cut, 1U);
    EXPECT_EQ(pipeline->refusals().too_long, 1U);
    EXPECT_EQ(series("t", "").name.size(), 256U);
}

TEST_F(MetadataTest, TellsDevicesThatShareATopicApart)
{
    const auto heard = [&](int id, double temperature) {
        push("rtl_433/host/events",
             fmt::format(R"({{"model":"Acu","id":{},"temperature_C":{}}})", id, temperature));
    };
    heard(1, 4.5);
    heard(2, 20.5);
    heard(1, 5.5);
    settle();
    close();
    open();
    heard(2, 21.5);
    heard(1, 6.5);
    settle();
    EXPECT_EQ(store->series().last(), 2U);
    const auto first = series("rtl_433/host/events", "/temperature_C");
    const auto second = series("rtl_433/host/events", "/Acu~12/temperature_C");
    EXPECT_EQ(store->live().get(first.id).value, store::Value(6.5));
    EXPECT_EQ(store->live().get(second.id).value, store::Value(21.5));
    EXPECT_EQ(first.device, "Acu/1");
    EXPECT_EQ(second.device, "Acu/2");
}

TEST_F(MetadataTest, TakesTheTimeOfADeviceThatCanBeBelieved)
{
    push("owntracks/u/p", R"({"_type":"location","lat":1.5,"tst":1763999000})");
    push("owntracks/u/q", R"({"_type":"location","lat":1.5,"tst":1263999000})");
    settle();
    EXPECT_EQ(store->live().get(series("owntracks/u/p", "/lat").id).time_ms, 1'763'999'000'000);
    EXPECT_EQ(store->live().get(series("owntracks/u/q", "/lat").id).time_ms, time)
        << "that clock is wrong by years";
}

TEST_F(MetadataTest, PublishesWhatAFamilyAsksFor)
{
    push("N/c0619ab12345/system/0/Serial", R"({"value":"x"})");
    settle();
    EXPECT_EQ(published, std::vector<std::string>{"R/c0619ab12345/keepalive"});
}

// A house with 180 Zigbee devices announces itself at each connection. Live values that come behind all of it
// must be shown in less than a second.
TEST_F(MetadataTest, OfTwelveThousandEntitiesAtStartDoesNotDelayLiveData)
{
    constexpr int entities = 12'000;
    for (int i = 0; i < entities; ++i)
        push(
            fmt::format("homeassistant/sensor/0x{:016x}/p{}/config", i / 60, i % 60),
            fmt::format(
                R"({{"availability":[{{"topic":"zigbee2mqtt/bridge/state","value_template":"{{{{ value_json.state }}}}"}}],)"
                R"("device":{{"identifiers":["zigbee2mqtt_0x{0:016x}"],"manufacturer":"M","model":"Sensor","name":"Device {0}"}},)"
                R"("device_class":"power","enabled_by_default":true,"object_id":"o{0}_{1}","origin":{{"name":"Zigbee2MQTT","sw":"2.7.0"}},)"
                R"("state_class":"measurement","state_topic":"zigbee2mqtt/Device {0}","unique_id":"u{0}_{1}",)"
                R"("unit_of_measurement":"W","value_template":"{{{{ value_json.p{1} }}}}"}})",
                i / 60, i % 60),
            true);
    push("zigbee2mqtt/Device 7", R"({"p3":42})");
    const auto began = std::chrono::steady_clock::now();
    const auto books = settle().books;
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%d discovery messages and the live value behind them: %.3f s\n", entities, took);
    EXPECT_EQ(books.received, entities + 1U);
    EXPECT_EQ(books.stored_messages, entities + 1U);
    EXPECT_EQ(pipeline->facts(), static_cast<std::uint64_t>(entities));
    EXPECT_EQ(store->series().last(), 1U);
    EXPECT_EQ(series("zigbee2mqtt/Device 7", "/p3").unit, "W");
    EXPECT_EQ(series("zigbee2mqtt/Device 7", "/p3").device, "Device 7");
    EXPECT_LT(took, 3.0);
}

// As after an upgrade, or when names are changed in a large house: each message is news for a series.
TEST_F(MetadataTest, OfThousandsOfSeriesThatAreThereDoesNotDelayLiveData)
{
    constexpr int devices = 150, entities = 60;
    for (int device = 0; device < devices; ++device) {
        std::string values;
        for (int i = 0; i < entities; ++i) values += fmt::format(R"({}"p{}":1)", i == 0 ? "" : ",", i);
        push(fmt::format("zigbee2mqtt/d{}", device), "{" + values + "}");
    }
    settle();
    ASSERT_EQ(store->series().last(), static_cast<store::SeriesId>(devices * entities));
    for (int device = 0; device < devices; ++device)
        for (int i = 0; i < entities; ++i)
            push(
                fmt::format("homeassistant/sensor/{}/p{}/config", device, i),
                fmt::format(R"({{"name":"Power {1}","state_topic":"zigbee2mqtt/d{0}","device_class":"power",)"
                            R"("unit_of_measurement":"W","value_template":"{{{{ value_json.p{1} }}}}",)"
                            R"("device":{{"name":"Device {0}"}}}})",
                            device, i),
                true);
    push("zigbee2mqtt/d7", R"({"p3":42})");
    const auto began = std::chrono::steady_clock::now();
    settle();
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%d discovery messages for series that are there, committed: %.3f s\n", devices * entities,
                took);
    EXPECT_EQ(pipeline->renamed(), static_cast<std::uint64_t>(devices * entities));
    EXPECT_EQ(series("zigbee2mqtt/d7", "/p3").name, "Power 3");
    EXPECT_EQ(store->live().get(series("zigbee2mqtt/d7", "/p3").id).value, store::Value(std::int64_t{42}));
    EXPECT_LT(took, 3.0);
}

}  // namespace
}  // namespace tidegate::gateway
