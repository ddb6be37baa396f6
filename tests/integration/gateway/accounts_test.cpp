// Accounts seen from outside: the daemon, the commands beside it, a live client, and tokens of another
// issuer.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "unit/web/accounts/signed_token.hpp"
#include "unit/web/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <functional>
#include <map>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const std::string password = "tide and gate";
using Gate = Gateway::WithAccounts;

struct AccountsTest : testing::Test {
    explicit AccountsTest(
        const std::string& more = "[commands]\nallow = [\"plant/+/set\"]\nclock = \"trusted\"\n")
        : gateway(broker.url(), "", more, Gate::yes)
    {
    }

    // A command beside the gateway; what it says, and with which status it ends.
    struct Said {
        int status = -1;
        std::string text;
        json as_json() const { return json::parse(text, nullptr, false); }
    };
    Said run(std::vector<std::string> words, const std::string& input = "")
    {
        words.insert(words.begin(), TIDEGATE_BINARY);
        words.insert(words.end(), {"-c", (gateway.dir() / "tidegate.toml").string()});
        std::ofstream(gateway.dir() / "input", std::ios::trunc) << input;
        std::filesystem::remove(gateway.dir() / "said");  // it would be written on
        Process process(std::move(words),
                        {.output = gateway.dir() / "said", .input = gateway.dir() / "input"});
        const auto status = process.wait(20s).value_or(-1);
        return {status, process.output()};
    }

    Answer ask(const std::string& method,
               const std::string& target,
               const std::string& fields = "",
               const std::string& body = "")
    {
        RawClient client(gateway.port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: " + host() +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body);
        return client.answer();
    }
    Answer post(const std::string& target, const json& body, const std::string& fields = "")
    {
        return ask("POST", target, "Content-Type: application/json\r\n" + fields, body.dump());
    }
    std::string host() const { return "localhost:" + std::to_string(gateway.port()); }
    std::string cookie_of(const Answer& answer) const
    {
        const auto set = answer.field("Set-Cookie");
        return "Cookie: " + set.substr(0, set.find(';')) + "\r\nOrigin: http://" + host() + "\r\n";
    }
    static std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

    std::string claim()
    {
        const auto code = run({"setup-code", "--json"});
        EXPECT_EQ(code.status, 0) << code.text;
        const json body{{"code", code.as_json()["code"]}, {"user", "root"}, {"password", password}};
        Answer answer;
        EXPECT_TRUE(wait_until([&] {
            answer = post("/api/v1/setup", body);
            return answer.status == 201;
        })) << answer.body;
        return cookie_of(answer);
    }
    std::string token(std::vector<std::string> words)
    {
        words.insert(words.begin(), {"token", "add", "--json"});
        const auto said = run(std::move(words));
        EXPECT_EQ(said.status, 0) << said.text;
        const auto field = bearer(said.as_json().value("token", ""));
        EXPECT_TRUE(wait_until([&] { return ask("GET", "/api/v1/series", field).status == 200; }, 2s));
        return field;
    }
    void hear(const std::string& topic, const std::string& payload, const std::string& fields)
    {
        publish(topic, payload);
        EXPECT_TRUE(wait_until([&] {
            return ask("GET", "/api/v1/series?topic=" + topic, fields).body.find(payload) !=
                   std::string::npos;
        })) << gateway.log();
    }
    void publish(const std::string& topic, const std::string& payload)
    {
        Process sent({"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-q", "1",
                      "-t", topic, "-m", payload},
                     {.output = gateway.dir() / "published"});
        EXPECT_EQ(sent.wait().value_or(-1), 0) << sent.output();
    }

    Broker broker;
    Gateway gateway;
};

TEST_F(AccountsTest, IsClaimedFromItsConsoleAndShowsNothingBefore)
{
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    EXPECT_EQ(ask("GET", "/readyz").status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/gateway").status, 403U);
    EXPECT_EQ(ask("GET", "/metrics").status, 403U);
    EXPECT_THAT(gateway.log(), HasSubstr("tidegate setup-code"));
    EXPECT_EQ(run({"user", "list"}).text.find("There are no users yet"), 0U);

    const auto first = run({"setup-code"}), second = run({"setup-code"}),
               third = run({"setup-code", "--reset"});
    EXPECT_EQ(first.text.size(), 20U) << first.text;
    EXPECT_EQ(first.text, second.text) << "the one that is";
    EXPECT_NE(first.text, third.text);
    const json stale{{"code", first.text}, {"user", "root"}, {"password", password}};
    EXPECT_EQ(post("/api/v1/setup", stale).status, 403U);
    std::this_thread::sleep_for(1s);  // what it makes us wait

    const auto root = claim();

    EXPECT_EQ(ask("GET", "/api/v1/gateway", root).status, 200U);
    EXPECT_EQ(post("/api/v1/setup", stale).status, 404U);
    EXPECT_EQ(run({"setup-code"}).status, 1);
    EXPECT_EQ(run({"status"}).status, 0) << "a command on this machine may ask";
    EXPECT_THAT(ask("GET", "/metrics", root).body, HasSubstr("tidegate_logins_total{result=\"wrong\"} 1"));
    struct stat status {};
    ASSERT_EQ(::stat((gateway.dir() / "state" / "accounts.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);

    gateway.kill();
    gateway.start();
    EXPECT_EQ(ask("GET", "/api/v1/gateway", root).status, 200U) << "it still knows who has logged in";
}

TEST_F(AccountsTest, IsManagedByCommandsWhileItRuns)
{
    const auto root = claim();
    EXPECT_EQ(run({"user", "add", "anna", "--role", "operator", "--read", "plant/#"}, "short\n").status, 1);
    const auto added =
        run({"user", "add", "anna", "--role", "operator", "--read", "plant/#"}, "another good one\n");
    EXPECT_EQ(added.status, 0) << added.text;
    EXPECT_EQ(run({"user", "add", "anna"}, "another good one\n").status, 1) << "there is one";
    const json body{{"user", "anna"}, {"password", "another good one"}};
    Answer in;
    EXPECT_TRUE(wait_until([&] { return (in = post("/api/v1/session", body)).status == 200; })) << in.body;
    EXPECT_EQ(json::parse(in.body)["read"], json({"plant/#"}));

    const auto list = run({"user", "list", "--json"}).as_json()["users"];
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0]["name"], "anna");
    EXPECT_THAT(run({"user", "list"}).text, HasSubstr("anna  operator  plant/#  #"));

    EXPECT_EQ(run({"user", "role", "anna", "viewer"}).status, 0);
    EXPECT_TRUE(wait_until([&] { return ask("GET", "/api/v1/series", cookie_of(in)).status == 401; }, 1s));
    EXPECT_EQ(run({"user", "password", "anna"}, "yet another good one\n").status, 0);
    EXPECT_EQ(run({"user", "remove", "root"}).status, 1) << "the last admin";
    EXPECT_EQ(run({"user", "remove", "anna"}).status, 0);
    EXPECT_EQ(run({"user", "remove", "anna"}).status, 1);

    const auto audit = json::parse(ask("GET", "/api/v1/audit", root).body)["audit"];
    EXPECT_EQ(audit[0]["what"], "user_remove");
    EXPECT_EQ(audit[0]["by"], "console");
    const auto everything =
        gateway.log() + audit.dump() + ask("GET", "/metrics", root).body + run({"check"}).text;
    for (const auto* secret : {"another good one", password.c_str(), "$argon2id"})
        EXPECT_EQ(everything.find(secret), std::string::npos) << secret;
}

TEST_F(AccountsTest, LimitsATokenToItsTopicsEverywhere)
{
    const auto root = claim();
    hear("plant/a", "12345", root);
    hear("home/secret", "67890", root);
    const auto fields = token({"gauge", "--role", "operator", "--read", "plant/#", "--write", "plant/+/set"});

    const auto all = json::parse(ask("GET", "/api/v1/series", root).body)["series"];
    std::map<std::string, std::string> ids;
    for (const auto& one : all) ids[one["topic"]] = std::to_string(one["id"].get<int>());
    EXPECT_EQ(json::parse(ask("GET", "/api/v1/series", fields).body)["series"].size(), 1U);
    EXPECT_EQ(ask("GET", "/api/v1/history?series=" + ids["plant/a"], fields).status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/history?series=" + ids["home/secret"], fields).status, 404U);
    EXPECT_EQ(
        ask("GET", "/api/v1/history?series=" + ids["plant/a"] + "," + ids["home/secret"], fields).status,
        404U);
    std::string exported;  // once it is committed
    EXPECT_TRUE(wait_until([&] {
        exported = ask("GET", "/api/v1/export", fields).body;
        return exported.find("12345") != exported.npos;
    }));
    EXPECT_THAT(exported, HasSubstr("12345"));
    EXPECT_EQ(exported.find("67890"), exported.npos);
    EXPECT_EQ(post("/api/v1/commands", {{"topic", "home/lock/set"}, {"payload", "OPEN"}}, fields).status,
              403U);
    EXPECT_EQ(post("/api/v1/commands", {{"topic", "plant/a/set"}, {"payload", "ON"}}, fields).status, 202U);
    EXPECT_EQ(ask("GET", "/api/v1/users", fields).status, 403U);
    EXPECT_THAT(ask("GET", "/api/v1/audit", root).body,
                HasSubstr(R"("what":"command","on":"plant/a/set","result":"ok")"));

    RawClient live(gateway.port());
    ASSERT_EQ(live.upgrade(fields).status, 101U);
    live.send_text(R"({"k":"hello","v":1,"rate":100,"sub":{"match":["#"]}})");
    std::string seen;
    for (int i = 0; i < 3; ++i) seen += live.message().payload;
    publish("home/secret", "67891");
    publish("plant/a", "12346");
    for (int i = 0; i < 50 && seen.find("12346") == seen.npos; ++i) seen += live.message().payload;
    EXPECT_THAT(seen, HasSubstr("12345"));
    EXPECT_THAT(seen, HasSubstr("12346"));
    EXPECT_EQ(seen.find("6789"), seen.npos);
}

TEST_F(AccountsTest, ClosesALiveStreamWithinASecondOfRevocation)
{
    const auto root = claim();
    const auto seconds_to_close = [&](const std::string& fields, const std::function<void()>& take) {
        RawClient live(gateway.port());
        EXPECT_EQ(live.upgrade(fields).status, 101U);
        live.send_text(R"({"k":"hello","v":1,"rate":5000})");
        EXPECT_THAT(live.message().payload, HasSubstr("welcome"));
        take();
        const auto begun = std::chrono::steady_clock::now();
        WsMessage message;
        while ((message = live.message()).opcode == 1) {
        }
        EXPECT_EQ(message.opcode, 8U);
        EXPECT_EQ(message.close_code(), 4401U);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    };
    const auto by_token = token({"x"});
    const auto id = run({"token", "list", "--json"}).as_json()["tokens"][0]["id"].get<std::string>();
    const auto command = seconds_to_close(by_token, [&] {
        EXPECT_EQ(run({"token", "remove", id}).status, 0);
    });
    EXPECT_LT(command, 1.0) << "taken away by a command";
    const auto logout =
        seconds_to_close(root, [&] { EXPECT_EQ(ask("DELETE", "/api/v1/session", root).status, 204U); });
    EXPECT_LT(logout, 1.0) << "logged out";
    std::printf("[          ] closed after %.2f s (command), %.2f s (logout)\n", command, logout);
}

// Two gateways that know one issuer's key, and nothing of each other.
struct JwtTest : testing::Test {
    static std::string configured(const TempDir& dir, const std::string& audience)
    {
        return "[web.jwt]\nalgorithms = [\"EdDSA\"]\nkey_files = [\"" + (dir / "key.pem").string() +
               "\"]\nissuer = \"https://id.example\"\naudience = \"" + audience + "\"\n";
    }
    static std::string issued(const PrivateKey& key, const std::string& audience, int lives_s)
    {
        const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
        return signed_by(key, {{"alg", "EdDSA"}},
                         {{"iss", "https://id.example"},
                          {"aud", audience},
                          {"sub", "anna"},
                          {"iat", now},
                          {"exp", now + lives_s},
                          {"role", "viewer"},
                          {"read", {"plant/#"}}});
    }
    static unsigned asked(const Gateway& gateway, const std::string& token)
    {
        return RawClient(gateway.port())
            .get("/api/v1/series", "Authorization: Bearer " + token + "\r\n")
            .status;
    }
};

TEST_F(JwtTest, LetsSeveralGatewaysKnowSomebodyWithoutSharingAnything)
{
    const TempDir dir;
    const auto key = ed25519_key();
    write_file(dir / "key.pem", public_pem(key));
    const Broker broker;
    const Gateway one(broker.url(), "client_id = \"one\"\n", configured(dir, "site"), Gate::yes);
    const Gateway two(broker.url(), "client_id = \"two\"\n", configured(dir, "site"), Gate::yes);
    const Gateway other(broker.url(), "client_id = \"three\"\n", configured(dir, "elsewhere"), Gate::yes);
    const auto token = issued(key, "site", 60);

    EXPECT_EQ(asked(one, token), 200U);
    EXPECT_EQ(asked(two, token), 200U);
    EXPECT_EQ(asked(other, token), 403U) << "it is for another audience, and that one is claimed by nobody";
    EXPECT_EQ(asked(one, issued(ed25519_key(), "site", 60)), 403U);
    EXPECT_EQ(asked(one, issued(key, "site", 7200)), 403U) << "it lives too long";
    EXPECT_EQ(asked(one, token + "x"), 403U);
    EXPECT_THAT(one.log(), HasSubstr("jwt_refused"));
    EXPECT_EQ(one.log().find(token.substr(0, 20)), std::string::npos);
}

}  // namespace
}  // namespace tidegate::tests
