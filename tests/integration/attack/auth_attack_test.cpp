// The attack list, who may do what (entries 48 to 59): against the real daemon, claimed as people claim it.
// Each entry is what is sent and what must come back; those that take more than one request have a test of
// their own, and the last one sees that none was left out.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "unit/web/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string password = "tide and gate";
const std::string json_type = "Content-Type: application/json\r\n";

struct Entry {
    int number;  // of the list
    std::string what, method, target, fields, body;
    unsigned status;
    std::string says;  // in the answer; empty: no matter
};

class AuthAttack : public testing::Test {
public:
    static void SetUpTestSuite()
    {
        broker = std::make_unique<Broker>();
        gateway = std::make_unique<Gateway>(broker->url(), "filters = [\"#\"]\n",
                                            "[web.limits]\nconnections_each = 200\n[commands]\nallow = "
                                            "[\"plant/+/set\"]\nclock = \"trusted\"\n",
                                            Gateway::WithAccounts::yes);
        race_to_claim();
        ASSERT_FALSE(admin.empty()) << gateway->log();
        viewer = token({{"name", "one topic"}, {"role", "viewer"}, {"read", {"plant/a"}}});
        operating = token({{"name", "writes"}, {"role", "operator"}, {"write", {"#"}}});
    }
    static void TearDownTestSuite()
    {
        EXPECT_EQ(gateway->stop(), 0);
        gateway.reset();
        broker.reset();
    }
    void TearDown() override { ASSERT_TRUE(gateway->running()) << gateway->log(); }

    static Answer ask(const std::string& method,
                      const std::string& target,
                      const std::string& fields = "",
                      const std::string& body = "")
    {
        RawClient client(gateway->port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: " + host() +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body);
        return client.answer();
    }
    static Answer post(const std::string& target, const json& body, const std::string& fields = "")
    {
        return ask("POST", target, json_type + fields, body.dump());
    }
    static Answer login(const std::string& user, const std::string& word)
    {
        return post("/api/v1/session", {{"user", user}, {"password", word}});
    }
    // Waits, where it has to, until the attempt is looked at.
    static Answer patient_login(const std::string& user,
                                const std::string& word,
                                Clock::duration* took = nullptr)
    {
        for (;;) {
            const auto began = Clock::now();
            auto answer = login(user, word);
            if (took != nullptr) *took = Clock::now() - began;
            if (answer.status != 429 && answer.status != 503) return answer;
            std::this_thread::sleep_for(std::chrono::seconds(std::stoi(answer.field("Retry-After"))) + 50ms);
        }
    }
    static std::string host() { return "localhost:" + std::to_string(gateway->port()); }
    static std::string origin() { return "Origin: http://" + host() + "\r\n"; }
    static std::string cookie(const Answer& answer)
    {
        const auto set = answer.field("Set-Cookie");
        return "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
    }
    static std::string bearer(const std::string& secret)
    {
        return "Authorization: Bearer " + secret + "\r\n";
    }
    static json made(const json& wish)
    {
        const auto answer = post("/api/v1/tokens", wish, admin + origin());
        EXPECT_EQ(answer.status, 201U) << answer.body;
        return json::parse(answer.body);
    }
    static std::string token(const json& wish) { return bearer(made(wish)["token"].get<std::string>()); }

    static std::string setup_code()
    {
        Process process(
            {TIDEGATE_BINARY, "setup-code", "--json", "-c", (gateway->dir() / "tidegate.toml").string()},
            {.output = gateway->dir() / "code"});
        EXPECT_EQ(process.wait(20s).value_or(-1), 0) << process.output();
        return json::parse(process.output())["code"].get<std::string>();
    }

    // Entry 56: many at the same time, with the code that is right.
    static void race_to_claim()
    {
        const auto code = setup_code();
        const auto one = [&](int i) {
            return post("/api/v1/setup",
                        {{"code", code}, {"user", "root" + std::to_string(i)}, {"password", password}});
        };
        Answer first;
        if (!wait_until([&] {  // the gateway looks for the code four times a second
                first = post("/api/v1/setup", {{"code", code}, {"user", "root"}, {"password", "short"}});
                return first.status == 400;
            }))
            return;
        std::array<Answer, 6> answers;
        std::vector<std::thread> racers;
        for (int i = 0; i < 6; ++i)
            racers.emplace_back([&, i] { answers[static_cast<std::size_t>(i)] = one(i); });
        for (auto& racer : racers) racer.join();
        for (std::size_t i = 0; i < answers.size(); ++i) {
            ++raced[answers[i].status];
            if (answers[i].status != 201) continue;
            admin = cookie(answers[i]);
            admin_name = "root" + std::to_string(i);
        }
    }

    static unsigned long resident_kib()
    {
        std::ifstream in("/proc/" + std::to_string(gateway->pid()) + "/status");
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
        return 0;
    }

protected:
    static inline std::unique_ptr<Broker> broker;
    static inline std::unique_ptr<Gateway> gateway;
    static inline std::string admin, admin_name, viewer, operating;
    static inline std::map<unsigned, int> raced;  // answers, by status
    static inline std::set<int> seen;             // entries of the list
};

std::vector<Entry> one_request_each(const std::string& admin,
                                    const std::string& admin_name,
                                    const std::string& viewer)
{
    using Test = AuthAttack;
    const auto words = [](const std::string& user, const std::string& word) {
        return json{{"user", user}, {"password", word}}.dump();
    };
    const auto user = [](const std::string& name) {
        return json{{"name", name}, {"password", password}, {"role", "viewer"}}.dump();
    };
    const std::string here = Test::origin(), evil = "Origin: https://evil.example\r\n";
    const std::string secret = viewer.substr(viewer.find("tg_"), viewer.find('\r') - viewer.find("tg_"));
    const std::string session = "/api/v1/session", users = "/api/v1/users", list = "/api/v1/series";
    return {
        {50, "a password of 1 MB", "POST", session, json_type, words("x", std::string(1'000'000, 'p')), 413,
         ""},
        {50, "one of 10 KB", "POST", session, json_type, words("x", std::string(10'000, 'p')), 400,
         "at most"},
        {50, "one of 10 KB for a user", "POST", users, json_type + admin + here,
         json{{"name", "ann"}, {"password", std::string(10'000, 'p')}, {"role", "viewer"}}.dump(), 400, ""},
        {51, "a name with a NUL", "POST", session, json_type, words(std::string("ro\0ot", 5), password), 401,
         ""},
        {51, "a name that looks like another", "POST", session, json_type, words("rооt", password), 401, ""},
        {51, "a name in capitals", "POST", session, json_type, words("ROOT0", password), 401, ""},
        {51, "making one with a NUL", "POST", users, json_type + admin + here, user(std::string("an\0na", 5)),
         400, ""},
        {51, "making one that looks like another", "POST", users, json_type + admin + here, user("аnna"), 400,
         ""},
        {51, "making one of the other direction", "POST", users, json_type + admin + here, user("a\u202Enna"),
         400, ""},
        {51, "making one that is a path", "POST", users, json_type + admin + here, user("../x"), 400, ""},
        {52, "a session that the client has drawn", "GET", list,
         "Cookie: tidegate=" + std::string(43, 'A') + "\r\n", "", 401, ""},
        {52, "two sessions", "GET", list, "Cookie: tidegate=" + std::string(43, 'A') + "; tidegate=x\r\n", "",
         401, ""},
        {53, "a token in the address", "GET", list + "?token=" + secret, "", "", 401, ""},
        {53, "by another name", "GET", list + "?access_token=" + secret, "", "", 401, ""},
        {53, "of a live view", "GET", "/api/v1/stream?token=" + secret, "", "", 401, ""},
        {54, "a token that is cut", "GET", list, Test::bearer(secret.substr(0, secret.size() - 1)), "", 401,
         ""},
        {54, "a token and more", "GET", list, Test::bearer(secret + "A"), "", 401, ""},
        {54, "a session as a token", "GET", list, "Authorization: Bearer " + admin.substr(17), "", 401, ""},
        {54, "a JWT without a signature", "GET", list,
         Test::bearer("eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ."), "", 401, ""},
        {54, "Basic with nothing", "GET", list, "Authorization: Basic Og==\r\n", "", 401, ""},
        {55, "another's address, from a stranger", "GET", list,
         "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n", "", 401, ""},
        {55, "another's host", "GET", list, viewer + "X-Forwarded-Host: evil.example\r\n", "", 200, ""},
        {56, "claiming what is claimed", "POST", "/api/v1/setup", json_type,
         json{{"code", "AAAA-AAAA-AAAA-AAAA"}, {"user", "eve"}, {"password", password}}.dump(), 404, ""},
        {56, "asking whether it is", "GET", "/api/v1/setup", "", "", 404, ""},
        {57, "a form that logs in", "POST", session, "Content-Type: text/plain\r\n",
         words(admin_name, password), 400, ""},
        {57, "a form's command", "POST", "/api/v1/commands", "Content-Type: text/plain\r\n" + admin + here,
         R"({"topic":"plant/a/set","payload":"1"})", 415, ""},
        {57, "a form that makes a user", "POST", users,
         "Content-Type: application/x-www-form-urlencoded\r\n" + admin + here, user("eve"), 400, ""},
        {57, "JSON of another page", "POST", users, json_type + admin + evil, user("eve"), 403, ""},
        {57, "JSON of no page, with a cookie", "POST", users, json_type + admin, user("eve"), 403, "Origin"},
        {57, "what the browser calls foreign", "POST", users,
         json_type + admin + "Sec-Fetch-Site: cross-site\r\n", user("eve"), 403, ""},
        {57, "taking away, of another page", "DELETE", users + "/" + admin_name, admin + evil, "", 403, ""},
        {57, "a live view of another page", "GET", "/api/v1/live",
         admin + evil +
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
             "dGhlIHNhbXBsZSBub25jZQ==\r\n",
         "", 403, ""},
        {58, "the page in a frame", "GET", "/", "", "", 200, ""},
        {58, "an answer in a frame", "GET", list, viewer, "", 200, ""},
    };
}

TEST_F(AuthAttack, OneRequestEach)
{
    for (const auto& entry : one_request_each(admin, admin_name, viewer)) {
        seen.insert(entry.number);
        auto answer = ask(entry.method, entry.target, entry.fields, entry.body);
        for (int tries = 0; answer.status == 429 && tries < 70;
             ++tries) {  // guessing is slowed down: it has been
            std::this_thread::sleep_for(1s);
            answer = ask(entry.method, entry.target, entry.fields, entry.body);
        }
        EXPECT_EQ(answer.status, entry.status) << entry.number << ' ' << entry.what << '\n' << answer.body;
        EXPECT_THAT(answer.body, HasSubstr(entry.says)) << entry.what;
        EXPECT_EQ(answer.field("Set-Cookie"), "") << entry.what;
        EXPECT_THAT(answer.field("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"))
            << entry.what;
        EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff") << entry.what;
    }
    EXPECT_THAT(ask("GET", "/api/v1/users", admin).body, Not(HasSubstr("eve")));
    // 53: it was not looked at, and somebody is told; without saying it once more.
    EXPECT_THAT(gateway->log(), HasSubstr("secret_in_address"));
    EXPECT_THAT(gateway->log(), Not(HasSubstr(viewer.substr(viewer.find("tg_"), 30))));
}

// 48: who is there and who is not takes the same time to refuse: both hash.
TEST_F(AuthAttack, ANameTellsNothingByTheTimeItTakes)
{
    seen.insert(48);
    std::array<std::vector<double>, 2> times;
    for (int i = 0; i < 4; ++i)
        for (const bool there : {true, false}) {
            Clock::duration took{};
            const auto name = there ? admin_name : "nobody" + std::to_string(i);
            const auto answer = patient_login(name, "wrong and wrong", &took);
            EXPECT_EQ(answer.status, 401U);
            EXPECT_THAT(answer.body, HasSubstr("User or password is wrong."));
            times[there ? 0 : 1].push_back(std::chrono::duration<double>(took).count());
            if (there) {
                EXPECT_EQ(patient_login(admin_name, password).status, 200U) << "and it is never locked";
            }
        }
    // The least of each: what others do on this machine only adds to it.
    const double there = *std::ranges::min_element(times[0]), not_there = *std::ranges::min_element(times[1]);
    std::printf("a wrong password takes %.0f ms, a name that is not there %.0f ms\n", there * 1e3,
                not_there * 1e3);
    EXPECT_GT(not_there, there * 0.6);
    EXPECT_LT(not_there, there * 1.7);
}

// 52: what a client brings along does not become its session.
TEST_F(AuthAttack, ALoginMakesASessionOfItsOwn)
{
    seen.insert(52);
    const std::string chosen(43, 'B');
    Answer answer;
    ASSERT_TRUE(wait_until(
        [&] {
            answer = post("/api/v1/session", {{"user", admin_name}, {"password", password}},
                          "Cookie: tidegate=" + chosen + "\r\n" + origin());
            return answer.status == 200;
        },
        70s));
    EXPECT_THAT(answer.field("Set-Cookie"), Not(HasSubstr(chosen)));
    EXPECT_THAT(answer.field("Set-Cookie"), HasSubstr("HttpOnly; SameSite=Strict"));
    EXPECT_EQ(ask("GET", "/api/v1/series", "Cookie: tidegate=" + chosen + "\r\n").status, 401U);
    EXPECT_EQ(ask("GET", "/api/v1/series", cookie(answer)).status, 200U);
    EXPECT_EQ(ask("DELETE", "/api/v1/session", cookie(answer) + origin()).status, 204U);
    EXPECT_EQ(ask("GET", "/api/v1/series", cookie(answer)).status, 401U) << "it is over";
}

// 54: everywhere, not in the API alone.
TEST_F(AuthAttack, ATokenThatIsNoMoreOpensNothing)
{
    seen.insert(54);
    const auto short_lived = made({{"name", "short"}, {"role", "viewer"}, {"expires_in_s", 1}});
    const auto revoked = made({{"name", "gone"}, {"role", "viewer"}});
    const auto before = bearer(revoked["token"].get<std::string>());
    RawClient live(gateway->port()), events(gateway->port());
    ASSERT_EQ(live.upgrade(before).status, 101U);
    live.send_text(R"({"k":"hello","v":1})");
    EXPECT_THAT(live.message().payload, HasSubstr("welcome"));
    events.send("GET /api/v1/stream HTTP/1.1\r\nHost: " + host() + "\r\n" + before + "\r\n");
    EXPECT_THAT(events.until("event: welcome"), HasSubstr("200 OK"));
    const auto taken = Clock::now();
    EXPECT_EQ(ask("DELETE", "/api/v1/tokens/" + revoked["id"].get<std::string>(), admin + origin()).status,
              204U);
    unsigned code = 0;
    for (auto message = live.message(); message.opcode != 0 && code == 0; message = live.message())
        code = message.close_code();
    EXPECT_EQ(code, 4401U);
    EXPECT_THAT(events.until("event: bye"), HasSubstr("event: bye"));
    EXPECT_THAT(events.until("\n\n"), HasSubstr("access"));
    EXPECT_TRUE(events.closed_by_peer());
    EXPECT_LT(Clock::now() - taken, 1s);
    std::this_thread::sleep_for(1100ms - std::min<Clock::duration>(Clock::now() - taken, 1100ms));
    for (const auto& old : {before, bearer(short_lived["token"].get<std::string>())}) {
        EXPECT_EQ(ask("GET", "/api/v1/series", old).status, 401U);
        EXPECT_EQ(ask("GET", "/api/v1/export?format=csv", old).status, 401U);
        EXPECT_EQ(ask("GET", "/api/v1/stream", old).status, 401U);
        EXPECT_EQ(ask("POST", "/write?db=a", old, "a v=1").status, 401U);
        RawClient again(gateway->port());
        EXPECT_EQ(again.upgrade(old).status, 401U);
    }
}

// 55: what a client says of addresses is not what is written down.
TEST_F(AuthAttack, ASpoofedAddressIsNotBelieved)
{
    seen.insert(55);
    EXPECT_NE(post("/api/v1/session", {{"user", "spoofer"}, {"password", "wrong and wrong"}},
                   "X-Forwarded-For: 203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\n")
                  .status,
              200U);
    const auto audit = ask("GET", "/api/v1/audit", admin).body;
    EXPECT_THAT(audit, Not(HasSubstr("203.0.113.9")));
    EXPECT_THAT(audit, HasSubstr("127.0.0.1"));
    EXPECT_THAT(gateway->log(), Not(HasSubstr("203.0.113.9")));
}

// 56: see race_to_claim().
TEST_F(AuthAttack, OneOfManyClaimsIt)
{
    seen.insert(56);
    EXPECT_EQ(raced[201], 1);
    EXPECT_EQ(raced[201] + raced[404] + raced[503] + raced[429], 6);
    const auto users = json::parse(ask("GET", "/api/v1/users", admin).body)["users"];
    EXPECT_EQ(std::ranges::count_if(users, [](const json& user) { return user["role"] == "admin"; }), 1);
    EXPECT_FALSE(users[0]["last_login"].is_null()) << "claiming is a login";
}

// 59: what strangers call their things is text wherever it comes out.
TEST_F(AuthAttack, NamesAreTextEverywhere)
{
    seen.insert(59);
    const std::string script = "<img src=x onerror=alert(1)>", link = "javascript:alert(1)";
    for (const auto& name : {script, link, std::string("=cmd|'/c calc'!A1")})
        EXPECT_EQ(post("/api/v1/readings", {{"topic", "evil/" + name}, {"field", "/" + name}, {"v", name}},
                       operating)
                      .status,
                  202U)
            << name;
    const auto listed = ask("GET", "/api/v1/series", admin);
    EXPECT_EQ(listed.field("Content-Type"), "application/json");
    EXPECT_EQ(listed.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(json::parse(listed.body)["series"].size(), 3U);
    const auto exported = ask("GET", "/api/v1/export?format=csv", admin);
    EXPECT_THAT(exported.field("Content-Type"), HasSubstr("text/csv"));
    EXPECT_THAT(exported.field("Content-Disposition"), HasSubstr("attachment"));
    const auto page = ask("GET", "/").field("Content-Security-Policy");
    EXPECT_THAT(page, HasSubstr("script-src 'self'"));
    EXPECT_THAT(page, Not(HasSubstr("unsafe")));
    // And in the journal: no line of its own, no colours.
    const std::string injected = "x\r\n\x1b[2J level=error forged";
    EXPECT_NE(login(injected, password).status, 200U);
    EXPECT_NE(post("/api/v1/readings", {{"topic", injected}, {"v", 1}}, viewer).status, 202U);
    const auto log = gateway->log();
    EXPECT_THAT(log, Not(HasSubstr("\x1b")));
    EXPECT_THAT(log, Not(HasSubstr("\n\x1b[2J")));
    EXPECT_THAT(log, Not(HasSubstr("\nlevel=error forged")));
}

// 49: one hash at a time, some wait, the others are told to come again.
TEST_F(AuthAttack, AHundredLoginsAtOnce)
{
    seen.insert(49);
    const auto before = resident_kib();
    std::atomic<unsigned long> most = 0;
    std::map<unsigned, int> counts;
    std::vector<std::unique_ptr<RawClient>> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(std::make_unique<RawClient>(gateway->port()));
        const auto body = json{{"user", "u" + std::to_string(i)}, {"password", password}}.dump();
        all.back()->send("POST /api/v1/session HTTP/1.1\r\nHost: " + host() + "\r\n" + json_type +
                         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    {
        std::jthread look([&](const std::stop_token& stop) {
            for (; !stop.stop_requested(); std::this_thread::sleep_for(5ms))
                most = std::max(most.load(), resident_kib());
        });
        for (const auto& one : all) ++counts[one->answer().status];
    }
    EXPECT_EQ(counts[401] + counts[429] + counts[503], 100);
    EXPECT_GE(counts[503], 1);
    EXPECT_LT(most.load(), before + 40 * 1024);
    std::printf("100 logins at once: %d looked at, %d slowed down, %d told to come again; +%ld kB\n",
                counts[401], counts[429], counts[503],
                static_cast<long>(most.load()) - static_cast<long>(before));
}

TEST_F(AuthAttack, WholeListWasTried)
{
    for (int entry = 48; entry <= 59; ++entry) EXPECT_TRUE(seen.contains(entry)) << entry;
    std::printf("attack list, auth: entries 48 to 59\n");
}

}  // namespace
}  // namespace tidegate::tests
