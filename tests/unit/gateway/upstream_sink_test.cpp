#include "gateway/upstream_sink.hpp"

#include "gateway/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::gateway {
namespace {

using testing::HasSubstr;

// The upstream of a configuration's text.
UpstreamConfig upstream(const std::string& kind, const std::string& url, const std::string& more = "")
{
    LoadedConfig loaded;
    load_text(loaded, "[[upstream]]\nname = \"up\"\nkind = \"" + kind + "\"\nurl = \"" + url + "\"\n" + more,
              "t.toml");
    if (!loaded.problems.empty()) throw std::runtime_error(loaded.problems[0]);
    complete(loaded.config);
    return loaded.config.upstreams.at(0);
}

TEST(UpstreamSink, IsMadeForEachKind)
{
    for (const auto& [kind, url, more, shown] : std::vector<std::array<std::string, 4>>{
             {"mqtt", "mqtt://host:1884", "payload = \"cbor\"", "mqtt://host:1884"},
             {"https", "https://u:p@host/up?key=1", "compression = \"zstd\"", "https://host/up"},
             {"influxdb", "http://host:8086", "database = \"plant\"", "http://host:8086/write"},
             {"influxdb", "http://host:8086", "org = \"o\"\nbucket = \"b\"", "http://host:8086/api/v2/write"},
             {"kafka", "kafka://127.0.0.1:1,127.0.0.1:2", "record = \"batch\"",
              "kafka://127.0.0.1:1,127.0.0.1:2"}}) {
        const auto sink = make_sink(upstream(kind, url, more), "pi-1");
        ASSERT_TRUE(sink) << sink.error().what;
        EXPECT_EQ((*sink)->kind(), kind);
        EXPECT_EQ((*sink)->url(), shown);
    }
}

TEST(UpstreamSink, SaysWhatIsWrong)
{
    const auto why = [](const UpstreamConfig& config) {
        const auto sink = make_sink(config, "pi-1");
        return sink ? std::string("nothing") : sink.error().what;
    };
    EXPECT_THAT(why(upstream("https", "https://host", "rename = \"{tpic}\"")),
                HasSubstr("{tpic} is not known"));
    EXPECT_THAT(why(upstream("https", "https://host", "tags = [\"device\"]")), HasSubstr("key=value"));
    auto nowhere = upstream("influxdb", "http://host", "database = \"d\"");
    nowhere.database.clear();
    EXPECT_THAT(why(nowhere), HasSubstr("needs database"));
    auto nobody = upstream("influxdb", "http://host", "org = \"o\"\nbucket = \"b\"");
    nobody.org.clear();
    EXPECT_THAT(why(nobody), HasSubstr("needs database"));
    EXPECT_THAT(why(upstream("influxdb", "http://host", "database = \"d\"\nmeasurement = \"{\"")),
                HasSubstr("not closed"));
    EXPECT_THAT(why(upstream("kafka", "host:9092")), HasSubstr("kafka://"));
    EXPECT_THAT(why(upstream("mqtt", "mqtt://host", "password_file = \"/nowhere/at/all\"")),
                HasSubstr("/nowhere/at/all"));
}

TEST(UpstreamSink, TagsInfluxDbWithGatewayAndDeviceUnlessToldOtherwise)
{
    EXPECT_THAT(upstream("influxdb", "http://host", "database = \"d\"").tags,
                testing::ElementsAre("gateway={gateway}", "device={device}"));
    EXPECT_THAT(upstream("influxdb", "http://host", "database = \"d\"\ntags = [\"a=b\"]").tags,
                testing::ElementsAre("a=b"));
    EXPECT_TRUE(upstream("https", "https://host").tags.empty());
}

}  // namespace
}  // namespace tidegate::gateway
