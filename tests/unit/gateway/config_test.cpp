#include "base/units.hpp"
#include "gateway/config/load.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace tidegate::gateway {
namespace {

using namespace std::chrono_literals;

LoadedConfig load(std::string_view text)
{
    LoadedConfig loaded;
    load_text(loaded, text, "t.toml");
    return loaded;
}

TEST(Config, HasADefaultForEverything)
{
    const auto loaded = load("");
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.broker.url, "mqtt://localhost:1883");
    EXPECT_EQ(loaded.config.broker.filters, std::vector<std::string>{"#"});
    EXPECT_EQ(loaded.config.web.port, 8080);
}

TEST(Config, ReadsEveryKind)
{
    const auto loaded = load(R"(
[gateway]
id = "pi"
[[broker]]
filters = ["a/#", "b"]
qos = 0
certificate_file = "/etc/tidegate/gateway.crt"
key_file = "/etc/tidegate/gateway.key"
alpn = "mqtt"
[store]
commit = "1s"
buffer = "64MiB"
durability = "relaxed"
card_endurance = "30 TB"
[[upstream]]
name = "cloud"
kind = "https"
url = "https://example.net/in"
[[upstream]]
name = "archive"
kind = "mqtt"
url = "mqtt://example.net"
batch = 100
)");
    EXPECT_EQ(loaded.problems, std::vector<std::string>{});
    EXPECT_EQ(loaded.config.gateway.id, "pi");
    EXPECT_EQ(loaded.config.broker.filters.size(), 2U);
    EXPECT_EQ(loaded.config.broker.qos, 0);
    EXPECT_EQ(loaded.config.broker.certificate_file, "/etc/tidegate/gateway.crt");
    EXPECT_EQ(loaded.config.broker.key_file, "/etc/tidegate/gateway.key");
    EXPECT_EQ(loaded.config.broker.alpn, "mqtt");
    EXPECT_EQ(loaded.config.store.commit, 1s);
    EXPECT_EQ(loaded.config.store.buffer.count, 64U << 20U);
    EXPECT_EQ(loaded.config.store.durability, "relaxed");
    EXPECT_EQ(loaded.config.store.card_endurance.count, 30'000'000'000'000U);
    ASSERT_EQ(loaded.config.upstreams.size(), 2U);
    EXPECT_EQ(loaded.config.upstreams[1].batch, 100);
}

struct Mistake {
    const char *text, *expected;
};

class ConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, IsToldWithItsPlaceAndWhatToDo)
{
    const auto loaded = load(GetParam().text);
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_EQ(loaded.problems[0].substr(0, std::string(GetParam().expected).size()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ConfigMistake,
    testing::Values(
        Mistake{"[web]\nprot = 80", "t.toml:2:8: unknown key web.prot; did you mean port?"},
        Mistake{"[wbe]\nport = 80", "t.toml:1:1: unknown section wbe; did you mean web?"},
        Mistake{"[web]\nport = \"80\"", "t.toml:2:8: port needs a whole number"},
        Mistake{"[web]\nport = 70000", "t.toml:2:8: port is 70000, must be 0 to 65535"},
        Mistake{"[store]\ncommit = 250", "t.toml:2:10: commit needs a duration like"},
        Mistake{"[store]\ncommit = \"1ms\"", "t.toml:2:10: commit is 1ms, must be 10ms to 1min"},
        Mistake{"[store]\nbuffer = \"1XB\"", "t.toml:2:10: buffer needs a size like"},
        Mistake{"[broker]\nfilters = [\"a\", 1]", "t.toml:2:11: filters needs a list of texts"},
        Mistake{"[broker]\nfilters = []", "t.toml:2:11: filters needs a list of texts"},
        Mistake{"[broker]\nversion = 3", "t.toml:2:11: version is 3, must be 4 to 5"},
        Mistake{"[[upstream]]\nname = \"a\"\nkind = \"amqp\"\nurl = \"x\"",
                "t.toml:3:8: kind is \"amqp\", must be one of mqtt|https"},
        Mistake{"[[upstream]]\nname = \"a\"\nkind = \"mqtt\"", "t.toml:1:1: upstream.url is missing"},
        Mistake{"\n[[upstream]]\nname = \"a\"\nkind = \"influxdb\"\nurl = \"http://x\"\nbucket = \"b\"",
                "t.toml:2:1: upstream.org is missing"},
        Mistake{"\n[[upstream]]\nname = \"a\"\nkind = \"influxdb\"\nurl = \"http://x\"",
                "t.toml:2:1: upstream.database (InfluxDB 1) is missing, or"},
        Mistake{"[[upstream]]\nname = \"a\"\nkind = \"influxdb\"\nurl = \"http://x\"\n"
                "database = \"d\"\norg = \"o\"\nbucket = \"b\"",
                "t.toml:1:1: upstream.database is of InfluxDB 1, upstream.bucket of InfluxDB 2"},
        Mistake{"[upstream]\nname = \"a\"", "t.toml:1:1: upstream must be written [[upstream]]"},
        Mistake{"web = 1", "t.toml:1:7: web must be one section, [web]"},
        Mistake{"[web]\nport = ", "t.toml:2:"},
        Mistake{"[web\nport = 1", "t.toml:1:"}));

TEST(Config, TellsAllMistakesAtOnce)
{
    EXPECT_EQ(load("[web]\nprot = 1\nport = -1\n[stor]\n").problems.size(), 3U);
}

TEST(Config, RefusesTwoUpstreamsOfOneName)
{
    const auto loaded =
        load("[[upstream]]\nname='a'\nkind='mqtt'\nurl='x'\n[[upstream]]\nname='a'\nkind='mqtt'\nurl='y'\n");
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_NE(loaded.problems[0].find("two upstreams are named \"a\""), std::string::npos);
}

TEST(Config, IsReadBackAsItWasPrinted)
{
    auto loaded = load(
        "[gateway]\nid = \"a\\\"b\"\n[store]\nsync = \"20ms\"\nhistory = \"100MB\"\n"
        "[[upstream]]\nname = \"a\"\nkind = \"mqtt\"\nurl = \"mqtts://x\"\n");
    ASSERT_EQ(loaded.problems, std::vector<std::string>{});
    complete(loaded.config);
    const auto printed = as_toml(loaded.config);
    const auto again = load(printed);
    EXPECT_EQ(again.problems, std::vector<std::string>{}) << printed;
    EXPECT_EQ(as_toml(again.config), printed);
}

TEST(Config, RefusesADurabilityThatThereIsNot)
{
    const auto loaded = load("[store]\ndurability = \"none\"\nsync = \"0ms\"\n");
    ASSERT_EQ(loaded.problems.size(), 2U);
    EXPECT_NE(loaded.problems[0].find("must be one of timed|strict|relaxed"), std::string::npos);
    EXPECT_NE(loaded.problems[1].find("must be 10ms to 1min"), std::string::npos);
}

TEST(Config, IsDocumentedAsItIs)
{
    std::ifstream file(TIDEGATE_SOURCE_DIR "/docs/configuration.md");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(text, as_markdown()) << "write it anew: tidegate check --reference > docs/configuration.md";
}

TEST(Secret, IsRefusedWhenOthersCanReadIt)
{
    const tests::TempDir directory;
    const auto file = directory / "password";
    std::ofstream(file) << "s3cret\n";
    ::chmod(file.c_str(), 0644);
    ASSERT_FALSE(read_secret(file));
    EXPECT_EQ(read_secret(file).error().kind, ErrorKind::denied);
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(read_secret(file).value(), "s3cret");
    EXPECT_EQ(read_secret(directory / "none").error().kind, ErrorKind::not_found);
}

TEST(Units, AreReadAndWritten)
{
    EXPECT_EQ(parse_duration("5min"), 5min);
    EXPECT_EQ(parse_duration("5 s"), 5s);
    EXPECT_EQ(parse_duration("5"), std::nullopt);
    EXPECT_EQ(parse_duration("-5s"), std::nullopt);
    EXPECT_EQ(parse_duration("99999999999999999d"), std::nullopt);
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(7 * 24h), "7d");
    EXPECT_EQ(format_duration(0ms), "0ms");
    EXPECT_EQ(parse_bytes("64KiB"), 65536U);
    EXPECT_EQ(format_bytes(65536), "64KiB");
    EXPECT_EQ(format_bytes(1500), "1500B");
}

}  // namespace
}  // namespace tidegate::gateway
