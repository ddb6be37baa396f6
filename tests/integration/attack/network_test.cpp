// What comes from the network, not from this machine: in a network namespace of the test's own, where an
// address that is not the loopback's can be had. Redirects, refusals without TLS, requests a second; and a
// daemon without descriptors to spare.
#include "integration/attack/attack_fixture.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/net_namespace.hpp"
#include "support/numbered.hpp"
#include "unit/web/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto own_address = "192.168.77.1";

struct FromTheNetwork : testing::Test {
    static void SetUpTestSuite()
    {
        why_not = NetNamespace::enter();
        if (!why_not.empty()) return;
        const TempDir dir;
        Process ip({"ip", "address", "add", std::string(own_address) + "/24", "dev", "lo"},
                   {.output = dir / "log"});
        if (ip.wait() != 0) why_not = ip.output();
    }
    void SetUp() override
    {
        if (why_not.empty()) return;
        std::fprintf(stderr, "\n*** FromTheNetwork is SKIPPED, nothing is shown: %s ***\n\n",
                     why_not.c_str());
        ASSERT_EQ(std::getenv("TIDEGATE_MUST_RUN_ALL"), nullptr) << why_not;
        GTEST_SKIP() << why_not;
    }

    static Answer ask(const Gateway& gateway, const std::string& method, const std::string& target)
    {
        RawClient client(own_address, gateway.port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: " + own_address + ":" +
                    std::to_string(gateway.port()) + "\r\nContent-Length: 0\r\n\r\n");
        return client.answer();
    }

    static bool is_ready(const Gateway& gateway)
    {
        return wait_until([&] { return gateway.log().find("ready version") != std::string::npos; });
    }

    static inline std::string why_not;
};

TEST_F(FromTheNetwork, PagesAreShownTheWayToHttpsAndTheApiIsTold)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "", "address = \"0.0.0.0\"\n");
    const auto https = "https://" + std::string(own_address) + ":" + std::to_string(gateway.port());

    const auto page = ask(gateway, "GET", "/?a=b");
    EXPECT_EQ(page.status, 308U);
    EXPECT_EQ(page.field("Location"), https + "/?a=b");
    for (const auto* target : {"/api/v1/gateway", "/metrics", "/api/v1/live"}) {
        const auto api = ask(gateway, "GET", target);
        EXPECT_EQ(api.status, 426U) << target;
        EXPECT_EQ(api.field("Content-Type"), "application/problem+json");
        EXPECT_THAT(api.body, HasSubstr(https + target));
        EXPECT_THAT(api.body, HasSubstr("/ca.crt"));
    }
    EXPECT_EQ(ask(gateway, "POST", "/api/v1/upstreams/retry?id=x").status, 426U);
    EXPECT_EQ(ask(gateway, "GET", "/healthz").status, 200U);
    const auto authority = ask(gateway, "GET", "/ca.crt");
    EXPECT_EQ(authority.status, 200U);
    EXPECT_EQ(authority.body, read_file(gateway.dir() / "state/tls/ca.crt"));
    EXPECT_THAT(gateway.log(), HasSubstr("web_certificate ca_sha256="));

    // As a user does who has the authority from there: curl trusts it, and the address.
    Process curl(
        {"curl", "-sS", "--cacert", (gateway.dir() / "state/tls/ca.crt").string(), https + "/healthz"},
        {.output = gateway.dir() / "curl.log"});
    EXPECT_EQ(curl.wait(), 0) << curl.output();
    Process distrustful({"curl", "-sS", https + "/healthz"}, {.output = gateway.dir() / "curl.log"});
    EXPECT_EQ(distrustful.wait(), 60) << "a certificate that it does not know";
    EXPECT_THAT(gateway.get("/metrics"), HasSubstr("tidegate_web_refused_total{reason=\"plain\"} 5"));
}

// As the package configures it: whoever comes by IPv4 is known by that address.
TEST_F(FromTheNetwork, OneAddressServesAllNetworks)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "", "address = \"::\"\n", Gateway::WithAccounts::yes);
    const auto https = "https://" + std::string(own_address) + ":" + std::to_string(gateway.port());
    ASSERT_TRUE(is_ready(gateway));
    Process login({"curl", "-sS", "--cacert", (gateway.dir() / "state/tls/ca.crt").string(), "-H",
                   "Content-Type: application/json", "-d", R"({"user":"anna","password":"of somebody else"})",
                   https + "/api/v1/session"},
                  {.output = gateway.dir() / "curl.log"});
    EXPECT_EQ(login.wait(), 0);
    EXPECT_THAT(login.output(), HasSubstr("User or password is wrong."));
    EXPECT_THAT(gateway.log(), HasSubstr(R"(who="anna" from="192.168.77.1" result=refused)"));

    const auto config = (gateway.dir() / "tidegate.toml").string();
    Process status({TIDEGATE_BINARY, "status", "-c", config}, {.output = gateway.dir() / "status"});
    EXPECT_EQ(status.wait(), 0) << "the command on this machine finds it: " << status.output();

    const auto log = gateway.log();
    constexpr std::string_view said = "ca_sha256=";
    const auto fingerprint = log.substr(log.find(said) + said.size(), 32 * 3 - 1);
    Process code({TIDEGATE_BINARY, "setup-code", "-c", config}, {.output = gateway.dir() / "code"});
    EXPECT_EQ(code.wait(), 0);
    EXPECT_THAT(code.output(), HasSubstr("SHA-256 " + fingerprint));
}

TEST_F(FromTheNetwork, CommandsOnThisMachineAreServedAtAnyAddress)
{
    const Broker broker;
    Gateway gateway(broker.url(), "", "", Gateway::WithAccounts::yes);
    ASSERT_TRUE(is_ready(gateway));
    ASSERT_EQ(gateway.stop(), 0);
    const auto config = (gateway.dir() / "tidegate.toml").string();
    auto text = read_file(config);
    text.replace(text.find("[web]\n"), 6, "[web]\naddress = \"" + std::string(own_address) + "\"\n");
    std::ofstream(config) << text;
    Process daemon({TIDEGATE_BINARY, "run", "-c", config}, {.output = gateway.dir() / "daemon.log"});
    const auto asked = [&] {
        Process status({TIDEGATE_BINARY, "status", "-c", config}, {.output = gateway.dir() / "status"});
        return status.wait() == 0;
    };
    EXPECT_TRUE(wait_until(asked, 15s)) << read_file(gateway.dir() / "status");
    daemon.kill(SIGTERM);
    EXPECT_EQ(daemon.wait(20s), 0) << daemon.output();
}

TEST_F(FromTheNetwork, PlainHttpIsSpokenOnlyByExplicitWord)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "", "address = \"0.0.0.0\"\ntls = \"off\"\n");
    EXPECT_EQ(ask(gateway, "GET", "/api/v1/gateway").status, 200U);
    EXPECT_THAT(gateway.log(), HasSubstr("web_unencrypted address=0.0.0.0"));
}

TEST_F(FromTheNetwork, RequestsASecondAreBounded)
{
    const Broker broker;
    const Gateway gateway(
        broker.url(), "",
        "address = \"0.0.0.0\"\ntls = \"off\"\n[web.limits]\naddress_rate = 5\naddress_burst = 10\n");
    RawClient client(own_address, gateway.port());
    unsigned good = 0, refused = 0;
    std::string retry;
    for (int i = 0; i < 30; ++i) {
        client.send("GET /healthz HTTP/1.1\r\nHost: " + std::string(own_address) + "\r\n\r\n");
        const auto answer = client.answer();
        good += answer.status == 200 ? 1 : 0;
        refused += answer.status == 429 ? 1 : 0;
        if (answer.status == 429) retry = answer.field("Retry-After");
    }
    EXPECT_GE(good, 10U);
    EXPECT_LE(good, 20U);
    EXPECT_EQ(good + refused, 30U) << "the connection stays";
    EXPECT_EQ(retry, "1");
    EXPECT_NO_THROW(gateway.get("/healthz")) << "from this machine";
}

TEST_F(FromTheNetwork, ANewAddressIsInTheCertificateWithoutARestart)
{
    const Broker broker;
    const Gateway gateway(broker.url(), "", "address = \"0.0.0.0\"\n");
    Process ip({"ip", "address", "add", "10.77.0.1/24", "dev", "lo"}, {.output = gateway.dir() / "ip.log"});
    ASSERT_EQ(ip.wait(), 0) << ip.output();
    const auto url = "https://10.77.0.1:" + std::to_string(gateway.port()) + "/healthz";
    const auto asked = [&] {
        Process curl({"curl", "-sS", "--cacert", (gateway.dir() / "state/tls/ca.crt").string(), url},
                     {.output = gateway.dir() / "curl.log"});
        return curl.wait();
    };
    EXPECT_TRUE(wait_until([&] { return asked() == 0; }, 15s)) << read_file(gateway.dir() / "curl.log");
    EXPECT_THAT(gateway.log(), HasSubstr("web_certificate renewed"));
}

// 64 descriptors for the whole daemon, and 300 clients: few are served, the intake lives, the log stays
// short.
TEST_F(FromTheNetwork, WithoutDescriptorsTheIntakeLives)
{
    const Broker broker;
    Gateway gateway(broker.url(), "filters = [\"numbered/#\"]\n", "");
    ASSERT_TRUE(subscribed(gateway));
    ASSERT_EQ(gateway.stop(), 0);
    ASSERT_TRUE(gateway.try_start({"prlimit", "--nofile=64:64"})) << gateway.log();
    ASSERT_TRUE(subscribed(gateway));
    const TempDir dir;
    Process fleet({TIDEGATE_SIM_BINARY, "--broker", broker.url(), "--numbered", "--devices", "5", "--rate",
                   "100", "--acked-file", (dir / "acked").string()},
                  {.output = dir / "sim.log"});
    std::vector<std::unique_ptr<RawClient>> flood;
    for (int i = 0; i < 300; ++i) {
        flood.push_back(std::make_unique<RawClient>(gateway.port()));
        flood.back()->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    unsigned served = 0;
    for (const auto& one : flood) served += one->answer().status == 200 ? 1 : 0;
    EXPECT_GE(served, 1U);
    EXPECT_LE(served, 64U);
    flood.clear();
    ASSERT_TRUE(wait_until([&] {
        try {
            return gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>() > 100;
        } catch (const std::runtime_error&) {
            return false;  // not its turn yet
        }
    }));
    fleet.kill(SIGTERM);
    ASSERT_EQ(fleet.wait(30s), 0) << fleet.output();
    settle(gateway);
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    const auto [acknowledged, lost, repeated] = account_of(gateway, dir / "acked");
    std::printf("64 descriptors, 300 clients at once: %u served; %lu messages acknowledged, %lu lost\n",
                served, acknowledged, lost);
    EXPECT_EQ(lost, 0U);
    const auto log = gateway.log();
    EXPECT_THAT(log, HasSubstr("web_connections asked=1024"));
    std::size_t lines = 0;
    for (std::size_t at = log.find("accepting_pauses"); at != log.npos;
         at = log.find("accepting_pauses", at + 1))
        ++lines;
    EXPECT_LE(lines, 1U);
}

}  // namespace
}  // namespace tidegate::tests
