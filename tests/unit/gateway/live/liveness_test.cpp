#include "gateway/liveness/liveness.hpp"

#include "gateway/decode/decoder.hpp"
#include "store/notebook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace tidegate::gateway {
namespace {

using testing::HasSubstr;

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

// A site with a clock of its own. Messages go through the real decoder, as the pipeline gives them on.
struct LivenessTest : testing::Test {
    // As the pipeline does it.
    void hear(std::string_view topic, std::string_view payload, bool retained = false)
    {
        auto decoded = decoder.decode({topic, payload, now, retained});
        for (auto& declared : decoder.take_declared()) liveness.declare(std::move(declared));
        std::string about;
        for (const auto& field : decoded.fields)
            if (field.kind == Kind::availability && !liveness.waits_for(topic))
                about = decoder.describe(topic, field.pointer).device;
        liveness.hear(topic, payload, decoded, now, about);
        for (const auto& field : decoded.fields) {
            if (field.kind == Kind::metadata) continue;
            const auto id = series(topic, field);
            if (field.kind != Kind::availability && !retained) liveness.heard(id, now, broker);
        }
        for (const auto& word : decoder.take_words()) liveness.say(word, now);
        liveness.review(now, 0, [this](std::size_t) { return listening; });
    }

    store::SeriesId series(std::string_view topic, const Field& field)
    {
        const auto key = std::string(topic) + "#" + field.pointer;
        const auto known = ids.find(key);
        if (known != ids.end()) return known->second;
        const auto id = static_cast<store::SeriesId>(ids.size() + 1);
        ids.emplace(key, id);
        const auto described = describe_field(decoder, topic, field.pointer, field);
        liveness.place({id, described.device, described.availability, described.expires_s});
        return id;
    }

    void pass(std::int64_t ms)
    {
        for (std::int64_t left = ms; left > 0; left -= 10 * second) {
            now += std::min(left, 10 * second);
            liveness.review(now, 0, [this](std::size_t) { return listening; });
        }
    }

    DeviceState device(std::string_view name) const
    {
        for (auto& one : liveness.devices())
            if (one.name == name) return one;
        ADD_FAILURE() << "no device " << name;
        return {};
    }
    Presence presence(std::string_view name) const { return device(name).presence; }

    std::int64_t now = 1'764'000'000'000;
    Decoder decoder;
    Liveness liveness{now};
    ByText<store::SeriesId> ids;
    std::size_t broker = 0;
    bool listening = true;
};

TEST_F(LivenessTest, KnowsNothingOfADeviceOfWhichOnlyOldValuesAreThere)
{
    hear("plant/pump", R"({"flow":4})", true);
    EXPECT_EQ(presence("plant/pump"), Presence::unknown);
    hear("plant/pump", R"({"flow":5})");
    EXPECT_EQ(presence("plant/pump"), Presence::online);
    EXPECT_EQ(device("plant/pump").heard_ms, now);
    EXPECT_EQ(device("plant/pump").series, 1U);
}

TEST_F(LivenessTest, CallsADeviceStaleThatIsSilentForLongerThanItEverIs)
{
    for (int i = 0; i < 10; ++i) {
        hear("plant/pump", R"({"flow":4})");
        pass(minute);
    }
    pass(minute);
    EXPECT_EQ(presence("plant/pump"), Presence::online) << "two minutes of three that it may have";
    pass(2 * minute);
    EXPECT_EQ(presence("plant/pump"), Presence::stale);
    EXPECT_THAT(device("plant/pump").why, HasSubstr("it usually is within 60 s"));
    hear("plant/pump", R"({"flow":4})");
    EXPECT_EQ(presence("plant/pump"), Presence::online);
}

TEST_F(LivenessTest, ExpectsADeviceThatSpeaksInBurstsAsSeldomAsItDoes)
{
    for (int i = 0; i < 12; ++i) {
        hear("plant/door", R"({"open":true})");
        pass(2 * second);
        hear("plant/door", R"({"open":false})");
        pass(2 * hour);
    }
    EXPECT_EQ(presence("plant/door"), Presence::online);
    pass(2 * hour);
    EXPECT_EQ(presence("plant/door"), Presence::online);
    pass(4 * hour);
    EXPECT_EQ(presence("plant/door"), Presence::stale);
}

TEST_F(LivenessTest, ExpectsNothingOfADeviceThatHasSaidLittle)
{
    hear("plant/button", R"({"pressed":true})");
    pass(second);
    hear("plant/button", R"({"pressed":false})");
    pass(day - minute);
    EXPECT_EQ(presence("plant/button"), Presence::online);
    pass(2 * minute);
    EXPECT_EQ(presence("plant/button"), Presence::stale);
}

TEST_F(LivenessTest, TellsADeviceThatIsSaidToBeGoneFromOneThatIsNotHeard)
{
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.5}})");
    hear("tele/kitchen/LWT", "Offline");
    EXPECT_EQ(presence("kitchen"), Presence::offline);
    EXPECT_THAT(device("kitchen").why, HasSubstr("tele/kitchen/LWT"));
    EXPECT_EQ(device("kitchen").availability, "tele/kitchen/LWT");
    pass(2 * day);
    EXPECT_EQ(presence("kitchen"), Presence::offline) << "it is not expected, so it is not missed";
    EXPECT_EQ(liveness.of(1), Presence::offline);
    hear("tele/kitchen/LWT", "Online");
    EXPECT_EQ(presence("kitchen"), Presence::online);
}

TEST_F(LivenessTest, BelievesWhatItHearsMoreThanWhatWasSaidBefore)
{
    hear("tele/kitchen/LWT", "Offline", true);
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.5}})", true);
    EXPECT_EQ(presence("kitchen"), Presence::offline) << "a retained value is none that is heard";
    pass(second);
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.5}})");
    EXPECT_EQ(presence("kitchen"), Presence::online);
}

TEST_F(LivenessTest, BelievesADeviceThatSaysThatItIsThereThoughItIsSilent)
{
    for (int i = 0; i < 10; ++i) {
        hear("tele/contact/SENSOR", R"({"Switch1":"ON"})");
        pass(second);
    }
    hear("tele/contact/LWT", "Online");
    pass(10 * hour);
    EXPECT_EQ(presence("contact"), Presence::online) << "its connection stands";
    pass(15 * hour);
    EXPECT_EQ(presence("contact"), Presence::stale) << "but not for ever";
}

// Each family says it in its own way.
struct Way {
    const char* name;
    const char* value_topic;
    const char* value;
    const char* topic;
    const char* gone;
    const char* there;
    const char* device;
};

struct LivenessOfFamilies : LivenessTest, testing::WithParamInterface<Way> {};

TEST_P(LivenessOfFamilies, SaysItInItsOwnWords)
{
    const auto& way = GetParam();
    hear(way.value_topic, way.value);
    ASSERT_EQ(presence(way.device), Presence::online);
    hear(way.topic, way.gone);
    EXPECT_EQ(presence(way.device), Presence::offline) << device(way.device).availability;
    pass(second);
    hear(way.topic, way.there);
    EXPECT_EQ(presence(way.device), Presence::online);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    LivenessOfFamilies,
    testing::Values(Way{"Tasmota", "tele/k/SENSOR", R"({"DS":{"Temperature":1}})", "tele/k/LWT", "Offline",
                        "Online", "k"},
                    Way{"Zigbee2MQTT", "zigbee2mqtt/lamp", R"({"power":1})", "zigbee2mqtt/lamp/availability",
                        R"({"state":"offline"})", R"({"state":"online"})", "lamp"},
                    Way{"Zigbee2MQTTPlain", "zigbee2mqtt/lamp", R"({"power":1})",
                        "zigbee2mqtt/lamp/availability", "offline", "online", "lamp"},
                    Way{"ESPHome", "node/sensor/t/state", "21.5", "node/status", "offline", "online", "node"},
                    Way{"HomieLost", "homie/meter/main/power", "5", "homie/meter/$state", "lost", "ready",
                        "meter"},
                    Way{"HomieDisconnected", "homie/5/meter/main/power", "5", "homie/5/meter/$state",
                        "disconnected", "sleeping", "meter"},
                    Way{"Shelly1", "shellies/shelly1pm-AA/relay/0/power", "5", "shellies/shelly1pm-AA/online",
                        "false", "true", "shelly1pm-AA"},
                    Way{"Shelly2", "shellyplus1-aa/status/switch:0", R"({"id":0,"apower":5.0})",
                        "shellyplus1-aa/online", "false", "true", "shellyplus1-aa"},
                    Way{"Victron", "N/c0619ab12345/battery/1/Soc", R"({"value":80})",
                        "N/c0619ab12345/battery/1/Soc", "", R"({"value":81})", "battery/1"}),
    [](const auto& way) { return way.param.name; });

TEST_F(LivenessTest, ReadsAvailabilityAsDiscoverySaysIt)
{
    hear(
        "homeassistant/sensor/x/config",
        R"({"name":"T","state_topic":"cellar/t","device":{"name":"Cellar"},"availability_topic":"cellar/up",)"
        R"("payload_available":"yes!","payload_not_available":"no!"})",
        true);
    hear("cellar/t", "12.5");
    hear("cellar/up", "no!");
    EXPECT_EQ(presence("Cellar"), Presence::offline);
    pass(second);
    hear("cellar/up", "online");
    EXPECT_EQ(presence("Cellar"), Presence::offline) << "not a word of this topic";
    hear("cellar/up", "yes!");
    EXPECT_EQ(presence("Cellar"), Presence::online);
}

TEST_F(LivenessTest, ReadsAvailabilityFromJsonWhereATemplateTakesItOut)
{
    hear(
        "homeassistant/sensor/x/config",
        R"({"stat_t":"cellar/t","dev":{"name":"Cellar"},"avty":[{"t":"cellar/info","val_tpl":"{{ value_json.link.state }}"}]})",
        true);
    hear("cellar/t", "12.5");
    hear("cellar/info", R"({"link":{"state":"offline"}})");
    EXPECT_EQ(presence("Cellar"), Presence::offline);
}

std::string two_topics(std::string_view mode)
{
    return R"({"stat_t":"zigbee2mqtt/lamp","dev":{"name":"Hall lamp"},"val_tpl":"{{ value_json.power }}","avty_mode":")" +
           std::string(mode) + R"(","avty":[{"t":"z/bridge"},{"t":"z/lamp"}]})";
}

TEST_F(LivenessTest, NeedsTheWordOfAllTopicsWhereDiscoverySaysAll)
{
    hear("homeassistant/sensor/x/config", two_topics("all"), true);
    hear("zigbee2mqtt/lamp", R"({"power":1})", true);
    hear("z/lamp", "online", true);
    EXPECT_EQ(presence("Hall lamp"), Presence::unknown) << "nothing was heard of the bridge";
    hear("z/bridge", "online", true);
    EXPECT_EQ(presence("Hall lamp"), Presence::online);
    hear("z/bridge", "offline");
    EXPECT_EQ(presence("Hall lamp"), Presence::offline) << "whatever the lamp had said";
    EXPECT_THAT(device("Hall lamp").why, HasSubstr("z/bridge"));
}

TEST_F(LivenessTest, NeedsTheWordOfAnyTopicWhereDiscoverySaysAny)
{
    hear("homeassistant/sensor/x/config", two_topics("any"), true);
    hear("zigbee2mqtt/lamp", R"({"power":1})", true);
    hear("z/bridge", "offline", true);
    EXPECT_EQ(presence("Hall lamp"), Presence::offline);
    hear("z/lamp", "online", true);
    EXPECT_EQ(presence("Hall lamp"), Presence::online);
}

TEST_F(LivenessTest, TakesTheLastWordWhereDiscoverySaysNothingOfIt)
{
    hear("homeassistant/sensor/x/config", two_topics("latest"), true);
    hear("zigbee2mqtt/lamp", R"({"power":1})", true);
    hear("z/bridge", "online", true);
    pass(second);
    hear("z/lamp", "offline");
    EXPECT_EQ(presence("Hall lamp"), Presence::offline);
    pass(second);
    hear("z/bridge", "online");
    EXPECT_EQ(presence("Hall lamp"), Presence::online);
}

TEST_F(LivenessTest, LosesAllDevicesOfABridgeThatIsLost)
{
    hear("zigbee2mqtt/bridge/devices",
         R"([{"friendly_name":"lamp","definition":{"exposes":[{"property":"power","unit":"W"}]}}])", true);
    hear("zigbee2mqtt/lamp", R"({"power":1})");
    hear("zigbee2mqtt/bridge/state", R"({"state":"offline"})");
    EXPECT_EQ(presence("lamp"), Presence::offline);
}

TEST_F(LivenessTest, CallsADeviceStaleWhenItsLastValueHasExpired)
{
    hear("homeassistant/sensor/x/config", R"({"stat_t":"ble/t","dev":{"name":"BLE"},"expire_after":90})",
         true);
    hear("ble/t", "12.5");
    pass(89 * second);
    EXPECT_EQ(presence("BLE"), Presence::online);
    pass(2 * second);
    EXPECT_EQ(presence("BLE"), Presence::stale);
    EXPECT_THAT(device("BLE").why, HasSubstr("expired"));
}

TEST_F(LivenessTest, MissesNobodyWhileTheBrokerIsAway)
{
    for (int i = 0; i < 5; ++i) {
        hear("plant/pump", R"({"flow":4})");
        pass(10 * second);
    }
    listening = false;
    pass(3 * hour);
    EXPECT_EQ(presence("plant/pump"), Presence::online) << "we are deaf, it is not silent";
    listening = true;
    pass(30 * second);
    EXPECT_EQ(presence("plant/pump"), Presence::online);
    pass(2 * minute);
    EXPECT_EQ(presence("plant/pump"), Presence::stale);
}

TEST_F(LivenessTest, ForgivesAClockThatIsSet)
{
    for (int i = 0; i < 5; ++i) {
        hear("plant/pump", R"({"flow":4})");
        pass(10 * second);
    }
    now += 30 * day;
    liveness.review(now, 30 * day);
    EXPECT_EQ(presence("plant/pump"), Presence::online);
    EXPECT_EQ(device("plant/pump").heard_ms, now - 10 * second);
}

TEST_F(LivenessTest, FollowsASeriesThatGetsAnotherDevice)
{
    hear("meter", R"({"p":1})");
    ASSERT_EQ(presence("meter"), Presence::online);
    liveness.place({1, "Main meter"});
    hear("meter", R"({"p":2})");
    EXPECT_EQ(presence("Main meter"), Presence::online);
    EXPECT_EQ(liveness.devices().size(), 1U) << "the old name has no series any more";
    EXPECT_EQ(liveness.counts()[static_cast<std::size_t>(Presence::online)], 1U);
}

TEST_F(LivenessTest, HearsTheNextDeviceInThePlaceOfAnOldName)
{
    liveness.place({1, "old", "old/LWT"});
    liveness.place({1, "new"});
    EXPECT_FALSE(liveness.waits_for("old/LWT"));
    liveness.place({2, "next", "next/LWT"});
    liveness.hear("next/LWT", "offline", {}, now);
    pass(second);
    EXPECT_EQ(presence("next"), Presence::offline);
    EXPECT_EQ(presence("new"), Presence::unknown);
}

TEST_F(LivenessTest, KnowsNoEndOfDevicesByTheirAvailabilityAlone)
{
    const Decoded word;
    for (int i = 0; i < 25'000; ++i) {
        const auto name = std::to_string(i);
        liveness.hear(name + "/LWT", "Offline", word, now, name);
    }
    EXPECT_TRUE(liveness.waits_for("19999/LWT"));
    EXPECT_FALSE(liveness.waits_for("20000/LWT"));
    liveness.place({1, "meter", "meter/LWT"});
    EXPECT_TRUE(liveness.waits_for("meter/LWT")) << "limits.series bounds those";
}

TEST_F(LivenessTest, RemembersAWordThatCameBeforeTheFirstValue)
{
    hear("node/status", "offline", true);
    hear("node/sensor/t/state", "21.5", true);
    EXPECT_EQ(presence("node"), Presence::offline);
    hear("zigbee2mqtt/lamp/availability", R"({"state":"offline"})", true);
    hear("zigbee2mqtt/lamp", R"({"power":1})", true);
    EXPECT_EQ(presence("lamp"), Presence::offline);
    hear("homeassistant/sensor/x/config",
         R"({"stat_t":"cellar/t","dev":{"name":"Cellar"},"avty_t":"cellar/up","pl_not_avail":"no!"})", true);
    hear("cellar/up", "no!", true);
    hear("cellar/t", "5", true);
    EXPECT_EQ(presence("Cellar"), Presence::offline);
}

TEST_F(LivenessTest, LosesTheDevicesOfASparkplugNodeWithIt)
{
    liveness.place({1, "g/n"});
    liveness.place({2, "g/n/pump"});
    liveness.place({3, "g/nother"});
    for (store::SeriesId id = 1; id <= 3; ++id) liveness.heard(id, now, 0);
    liveness.review(now);
    now += second;
    liveness.say({"g/n", false, true, "its NDEATH came"}, now);
    liveness.review(now);
    EXPECT_EQ(presence("g/n"), Presence::offline);
    EXPECT_EQ(presence("g/n/pump"), Presence::offline);
    EXPECT_EQ(device("g/n/pump").why, "its NDEATH came");
    EXPECT_EQ(presence("g/nother"), Presence::online);
    liveness.say({"g/n", true, false, ""}, now + second);
    liveness.review(now + second);
    EXPECT_EQ(presence("g/n"), Presence::online);
    EXPECT_EQ(presence("g/n/pump"), Presence::offline) << "it has a birth of its own";
}

TEST_F(LivenessTest, TakesUnknownWordsForNothing)
{
    hear("node/sensor/t/state", "21.5");
    hear("node/status", "rebooting");
    EXPECT_EQ(presence("node"), Presence::online);
}

// The notebook outlives a restart; liveness, decoder and series begin anew.
struct LivenessOverARestart : LivenessTest {
    LivenessOverARestart() { restart(0); }
    void restart(std::int64_t stopped_ms)
    {
        now += stopped_ms;
        ids.clear();
        std::destroy_at(&decoder);
        std::construct_at(&decoder);
        std::destroy_at(&liveness);
        std::construct_at(&liveness, now, &notebook);
    }
    store::Notebook notebook{{.kept = "/nowhere/notebook"}};
};

TEST_F(LivenessOverARestart, KnowsSinceWhenADeviceIsThere)
{
    hear("tele/kitchen/LWT", "Online", true);
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.4}})");
    pass(hour);
    const auto since_ms = device("kitchen").since_ms;
    restart(2 * hour);
    hear("tele/kitchen/LWT", "Online", true);
    EXPECT_EQ(presence("kitchen"), Presence::online);
    EXPECT_EQ(device("kitchen").since_ms, since_ms);
    pass(minute);
    hear("tele/kitchen/LWT", "Offline");
    EXPECT_EQ(device("kitchen").since_ms, now) << "what changes in this run changes now";
    restart(minute);
    hear("tele/kitchen/LWT", "Online", true);
    EXPECT_EQ(device("kitchen").since_ms, now) << "it was away when the gateway stopped";
}

TEST_F(LivenessOverARestart, MovesNoTimeOfARunBeforeWithTheClock)
{
    hear("tele/kitchen/LWT", "Online", true);
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.4}})");
    const auto since_ms = device("kitchen").since_ms;
    restart(hour);
    hear("tele/kitchen/LWT", "Online", true);
    hear("tele/kitchen/SENSOR", R"({"AM2301":{"Temperature":21.4}})");
    liveness.review(now + day, day);
    EXPECT_EQ(device("kitchen").since_ms, since_ms);
}

}  // namespace
}  // namespace tidegate::gateway
