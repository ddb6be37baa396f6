#include "base/units.hpp"
#include "gateway/config/load.hpp"
#include "gateway/config/secrets.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
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
    auto loaded = load("");
    complete(loaded.config);
    EXPECT_TRUE(loaded.problems.empty());
    ASSERT_EQ(loaded.config.brokers.size(), 1U);
    EXPECT_EQ(loaded.config.brokers[0].url, "mqtt://localhost:1883");
    EXPECT_EQ(loaded.config.brokers[0].filters, std::vector<FilterConfig>{{"#"}});
    EXPECT_EQ(loaded.config.web.port, 8080);
}

TEST(Config, LooksForTheUnitsDirectoriesWhereNobodySaysOthers)
{
    const tests::TempDir dir;
    const UnitDirectories unit{dir / "lib", dir / "run"};
    const auto completed = [&] {
        Config config;
        complete(config, unit);
        return config.gateway;
    };
    ::unsetenv("STATE_DIRECTORY");
    ::unsetenv("RUNTIME_DIRECTORY");
    EXPECT_EQ(completed().state_directory, "./tidegate-data");
    EXPECT_EQ(completed().runtime_directory, "./tidegate-data");

    std::ofstream(unit.state) << "a file is no directory";
    std::filesystem::create_directory(unit.runtime);
    EXPECT_EQ(completed().state_directory, "./tidegate-data");
    EXPECT_EQ(completed().runtime_directory, unit.runtime.string());
    std::filesystem::remove(unit.state);
    std::filesystem::create_directory(unit.state);
    EXPECT_EQ(completed().state_directory, unit.state.string());

    ::setenv("STATE_DIRECTORY", "/a:/b", 1);
    EXPECT_EQ(completed().state_directory, "/a");
    ::unsetenv("STATE_DIRECTORY");
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
    ASSERT_EQ(loaded.config.brokers.size(), 1U);
    const auto& broker = loaded.config.brokers[0];
    EXPECT_EQ(broker.filters.size(), 2U);
    EXPECT_EQ(broker.qos, 0);
    EXPECT_EQ(broker.certificate_file, "/etc/tidegate/gateway.crt");
    EXPECT_EQ(broker.key_file, "/etc/tidegate/gateway.key");
    EXPECT_EQ(broker.alpn, "mqtt");
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
        Mistake{"[broker]\nfilters = [\"a\", 1]", "t.toml:2:17: filters needs a list of topic filters"},
        Mistake{"[broker]\nfilters = []", "t.toml:2:11: filters needs a list of topic filters"},
        Mistake{"[broker]\nfilters = [\"a#\"]", "t.toml:2:12: \"a#\" is no topic filter"},
        Mistake{"[broker]\nfilters = [\"$share/g\"]", "t.toml:2:12: \"$share/g\" is no topic filter"},
        Mistake{"[broker]\nfilters = [{filter = \"a\", qos = 3}]", "t.toml:2:12: filters needs a list of"},
        Mistake{"[broker]\nfilters = [{filter = \"a\", qso = 1}]", "t.toml:2:12: filters needs a list of"},
        Mistake{"[broker]\nname = \"a/b\"", "t.toml:1:1: broker.name is \"a/b\", must be 1 to 32"},
        Mistake{"[[broker]]\n[[broker]]\n", "t.toml:2:1: two brokers are named \"broker\""},
        Mistake{"broker = 1", "t.toml:1:10: broker must be written [broker], or [[broker]]"},
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
        "[gateway]\nid = \"a\\\"b\\u001b\\n\\\\\\u007f\u00e4\"\n[store]\nsync = \"20ms\"\nhistory = "
        "\"100MB\"\n"
        "[[broker]]\nfilters = [\"a/#\", {filter = \"b/#\", qos = 0}]\n[[broker]]\nname = \"attic\"\n"
        "[[upstream]]\nname = \"a\"\nkind = \"mqtt\"\nurl = \"mqtts://x\"\n");
    ASSERT_EQ(loaded.problems, std::vector<std::string>{});
    complete(loaded.config);
    ASSERT_EQ(loaded.config.gateway.id, "a\"b\x1b\n\\\x7f\u00e4");
    const auto printed = as_toml(loaded.config);
    const auto again = load(printed);
    EXPECT_EQ(again.problems, std::vector<std::string>{}) << printed;
    EXPECT_EQ(again.config.gateway.id, loaded.config.gateway.id);
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

TEST(Config, ReadsSeveralBrokersAndFiltersWithAQosOfTheirOwn)
{
    auto loaded = load(R"(
[[broker]]
filters = ["a/#", {filter = "b/#", qos = 0}]
[[broker]]
name = "attic"
url = "mqtt://attic"
)");
    complete(loaded.config);

    EXPECT_EQ(loaded.problems, std::vector<std::string>{});
    const auto& brokers = loaded.config.brokers;
    ASSERT_EQ(brokers.size(), 2U);
    EXPECT_EQ(brokers[0].filters, (std::vector<FilterConfig>{{"a/#", {}}, {"b/#", 0}}));
    EXPECT_EQ(brokers[0].client_id, "tidegate-" + loaded.config.gateway.id);
    EXPECT_EQ(brokers[1].url, "mqtt://attic");
    EXPECT_EQ(brokers[1].client_id, "tidegate-" + loaded.config.gateway.id + "-attic");
}

TEST(Config, LetsADropInChangeTheBrokerThatItNames)
{
    LoadedConfig loaded;
    load_text(loaded, "[[broker]]\nurl = \"mqtt://a\"\n[[broker]]\nname = \"attic\"\nqos = 0\n", "one.toml");
    load_text(loaded, "[broker]\nname = \"attic\"\nurl = \"mqtt://b\"\n", "two.toml");

    ASSERT_EQ(loaded.config.brokers.size(), 2U);
    EXPECT_EQ(loaded.config.brokers[0].url, "mqtt://a");
    EXPECT_EQ(loaded.config.brokers[1].url, "mqtt://b");
    EXPECT_EQ(loaded.config.brokers[1].qos, 0);
}

struct ResolveTest : testing::Test {
    tests::TempDir directory;
    Config config;

    ResolveTest() { config.brokers.emplace_back(); }
    BrokerConfig& broker() { return config.brokers[0]; }
    std::string file(const char* name, mode_t mode)
    {
        const auto path = directory / name;
        std::ofstream(path) << "s3cret\n";
        ::chmod(path.c_str(), mode);
        return path.string();
    }
    ~ResolveTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

TEST_F(ResolveTest, FindsWhatSystemdHandsOver)
{
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    broker().password_file = "credential:mqtt";
    broker().ca_file = "/etc/ca.pem";
    config.upstreams.emplace_back().token_file = "credential:cloud";
    const auto password = file("mqtt", 0400), token = file("cloud", 0400);

    ASSERT_TRUE(resolve_files(config)) << resolve_files(config).error().what;
    EXPECT_EQ(config.brokers[0].password_file, password);
    EXPECT_EQ(config.brokers[0].ca_file, "/etc/ca.pem");
    EXPECT_EQ(config.upstreams[0].token_file, token);
}

TEST_F(ResolveTest, FindsWhatTheUnitHandsOverFromItsDirectoryFirst)
{
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    broker().password_file = "credential:plant";
    file("plant", 0400);
    const auto ours = file("tidegate_plant", 0400);

    ASSERT_TRUE(resolve_files(config)) << resolve_files(config).error().what;
    EXPECT_EQ(config.brokers[0].password_file, ours);
}

TEST_F(ResolveTest, SaysWhatIsMissingWhenThereAreNoCredentials)
{
    broker().password_file = "credential:mqtt";

    const auto done = resolve_files(config);

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::invalid);
    EXPECT_EQ(done.error().what,
              "broker broker, password_file: \"credential:mqtt\": systemd handed over no credentials, and "
              "/etc/tidegate/credentials/mqtt cannot be read");
}

TEST_F(ResolveTest, RefusesACredentialThatIsAPath)
{
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    for (const auto* wrong : {"credential:../shadow", "credential:", "credential:.."}) {
        broker().password_file = wrong;
        EXPECT_EQ(resolve_files(config).error().kind, ErrorKind::invalid) << wrong;
    }
}

TEST_F(ResolveTest, RefusesAKeyThatOthersCanRead)
{
    broker().certificate_file = file("public.pem", 0644);
    broker().key_file = file("key.pem", 0644);

    const auto done = resolve_files(config);

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::denied);
    EXPECT_NE(done.error().what.find("broker broker, key_file: "), std::string::npos);
    EXPECT_NE(done.error().what.find("key.pem: others can read this secret; chmod 600 it"),
              std::string::npos);
}

TEST_F(ResolveTest, RefusesACertificateThatOthersCanReadWhenTheKeyIsInIt)
{
    broker().certificate_file = file("both.pem", 0644);
    EXPECT_EQ(resolve_files(config).error().kind, ErrorKind::denied);
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
