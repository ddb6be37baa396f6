#include "gateway/config/changes.hpp"
#include "gateway/config/load.hpp"
#include "gateway/config/validate.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config config_of(std::string_view text)
{
    LoadedConfig loaded;
    load_text(loaded, text, "t.toml");
    EXPECT_THAT(loaded.problems, IsEmpty());
    return loaded.config;
}

Config whole(std::string_view text)
{
    auto config = config_of(text);
    complete(config);
    return config;
}

TEST(ConfigChanges, TellsAndKeepsWhatNeedsARestart)
{
    const auto running = whole("[gateway]\nid = \"a\"\n[web]\nport = 80\n");
    auto next = config_of(
        "[gateway]\nid = \"b\"\n[web]\nport = 81\n[web.limits]\nconnections = 5\n[store]\ncard_endurance = "
        "\"1TB\"\n"
        "commit = \"2s\"\n[limits]\nring = \"1MiB\"\nseries = 7\n");

    const auto differ = keep_what_needs_a_restart(running, next);

    EXPECT_THAT(differ, ElementsAre("gateway.id", "limits.ring", "store.commit", "web.port"));
    EXPECT_EQ(next.gateway.id, "a");
    EXPECT_EQ(next.web.port, 80);
    EXPECT_EQ(next.web_limits.connections, 5);
    EXPECT_EQ(next.limits.series, 7);
    EXPECT_EQ(next.limits.ring.count, running.limits.ring.count);
    EXPECT_EQ(next.store.card_endurance.count, 1'000'000'000'000U);
    complete(next);
    EXPECT_EQ(next.brokers[0].client_id, "tidegate-a")
        << "else the broker would be left for a session of another name";
}

TEST(ConfigChanges, FindsNoneWhereAFileSaysWhatTheDefaultsAre)
{
    const auto running = whole("");
    auto next = config_of("[web]\nport = 8080\n[store]\nsync = \"1000ms\"\n");
    EXPECT_THAT(keep_what_needs_a_restart(running, next), IsEmpty());
}

TEST(ConfigChanges, SeesThatASecretHasChangedThoughItsFileHasTheSameName)
{
    const tests::TempDir directory;
    UpstreamConfig upstream;
    upstream.name = "cloud";
    upstream.token_file = (directory / "token").string();
    std::ofstream(upstream.token_file) << "one\n";
    const auto before = fingerprint(upstream);
    EXPECT_EQ(fingerprint(upstream), before);

    std::ofstream(upstream.token_file, std::ios::trunc) << "two\n";

    EXPECT_NE(fingerprint(upstream), before);
    EXPECT_EQ(before.find("one"), std::string::npos) << "and does not hold it";
}

TEST(ConfigChanges, LetADropInChangeTheUpstreamThatItNames)
{
    LoadedConfig loaded;
    load_text(loaded, "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"mqtt://a\"\n", "one.toml");
    load_text(loaded, "[[upstream]]\nname = \"cloud\"\nbatch = 7\n", "two.toml");

    EXPECT_THAT(loaded.problems, IsEmpty());
    ASSERT_EQ(loaded.config.upstreams.size(), 1U);
    EXPECT_EQ(loaded.config.upstreams[0].url, "mqtt://a");
    EXPECT_EQ(loaded.config.upstreams[0].batch, 7);
}

std::vector<std::string> problems_in(std::string_view text)
{
    LoadedConfig loaded;
    load_text(loaded, text, "t.toml");
    finish(loaded);
    return loaded.problems;
}

TEST(ConfigProblems, OfTheWholeAreToldWithTheirPlacesAllAtOnce)
{
    EXPECT_THAT(
        problems_in(
            "[[broker]]\nurl = \"http://x\"\nfilters = [{filter = \"a/#\", qos = 0}, \"a/b\"]\n"
            "[[upstream]]\nname = \"c\"\nkind = \"kafka\"\nurl = \"mqtt://x\"\nrename = \"{nothing}\"\n"
            "[commands]\nallow = [\"a#\"]\n"),
        ElementsAre(testing::StartsWith("t.toml:10:9: commands.allow: \"a#\" is no topic filter"),
                    testing::StartsWith("t.toml:2:7: broker.url: "),
                    testing::StartsWith("t.toml:3:11: broker.filters: "),
                    testing::StartsWith(
                        "t.toml:7:7: upstream.url: \"mqtt://x\" must begin with kafka:// or kafkas://"),
                    testing::StartsWith("t.toml:8:10: upstream.rename: ")));
}

TEST(ConfigProblems, ABrokerThatIsAnotherOneIsRefused)
{
    EXPECT_THAT(
        problems_in("[[broker]]\nclient_id = \"a\"\n[[broker]]\nname = \"attic\"\nclient_id = \"a\"\n"),
        ElementsAre(
            testing::HasSubstr("t.toml:5:13: broker.client_id: brokers broker and attic have the same")));
}

TEST(ConfigProblems, AreNoneOfTheDefaults)
{
    EXPECT_THAT(problems_in(""), IsEmpty());
}

}  // namespace
}  // namespace tidegate::gateway
