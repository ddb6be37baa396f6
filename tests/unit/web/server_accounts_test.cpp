// Accounts through the real server: every route with every role, and what becomes of what was given.
#include "base/clock.hpp"
#include "support/quiet_log.hpp"
#include "unit/web/server_fixture.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/secret.hpp"
#include "web/server/router.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <map>

namespace tidegate::web {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const std::string password = "tide and gate";
const std::string json_type = "Content-Type: application/json\r\n";

struct ServerAccounts : ServerTest {
    void SetUp() override
    {
        accounts = std::move(Accounts::open({.state_directory = directory.path(),
                                             .runtime_directory = directory.path(),
                                             .jwt = {},
                                             .look_every = 20ms})
                                 .value());
        start({});
    }
    void TearDown() override
    {
        clients.clear();
        stop();
    }

    std::string setup_code()
    {
        const auto before = accounts->revision();
        const SetupCode code{drawn_setup_code(), wall_ms()};
        EXPECT_TRUE(AccountBook(directory.path()).put_setup_code(code));
        EXPECT_TRUE(tests::wait_until([&] { return accounts->revision() != before; }));
        return code.code;
    }
    void claim()
    {
        User root;
        root.name = "root";
        root.role = Role::admin;
        EXPECT_TRUE(accounts->add_user(root, password));
    }
    std::string token(Role role, Scope read = Scope::everything(), Scope write = {})
    {
        const auto made =
            accounts->add_token({.name = "t", .role = role, .read = read, .write = write}, "root");
        return "Authorization: Bearer " + made.value().secret + "\r\n";
    }

    using ServerTest::ask;
    tests::Answer ask(const std::string& method,
                      const std::string& target,
                      const std::string& fields = "",
                      const std::string& body = "")
    {
        const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
        tests::RawClient one(server->port());
        one.send(method + " " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + fields + length + "\r\n" +
                 body);
        return one.answer();
    }
    tests::Answer post(const std::string& target, const json& body, const std::string& fields = "")
    {
        return ask("POST", target, json_type + fields, body.dump());
    }
    tests::Answer login(const std::string& user, const std::string& word = password)
    {
        return post("/api/v1/session", {{"user", user}, {"password", word}});
    }
    // The field that a browser sends from then on, with the page that it comes from.
    std::string cookie_of(const tests::Answer& answer) const
    {
        const auto set = answer.field("Set-Cookie");
        return "Cookie: " + set.substr(0, set.find(';')) + "\r\n" + origin();
    }
    std::string host() const { return "localhost:" + std::to_string(server->port()); }
    std::string origin() const { return "Origin: http://" + host() + "\r\n"; }

    tests::QuietLog quiet;
};

// A target that fits the route, and what makes it no nonsense.
std::string target_of(const Route& route)
{
    std::string target(route.path);
    const auto star = target.find('*');
    if (star != target.npos) target.replace(star, 1, "9");
    return target;
}

TEST_F(ServerAccounts, ShowsNothingBeforeItIsClaimedButHealthAndSetup)
{
    for (const Route& route : all_routes()) {
        if (route.path == live_path) continue;
        const auto answer = ask(std::string(route.method), target_of(route));
        if (route.role != Role::none) {
            EXPECT_EQ(answer.status, 403U) << route.method << ' ' << route.path;
            EXPECT_THAT(answer.body, HasSubstr("setup-code")) << route.path;
        } else {
            EXPECT_NE(answer.status, 403U) << route.method << ' ' << route.path;
        }
    }
    EXPECT_EQ(client().upgrade().status, 403U);
    EXPECT_EQ(ask("GET", "/api/v1/nothing").status, 403U);
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/setup").status, 200U);
    EXPECT_EQ(json::parse(ask("GET", "/api/v1/session").body)["claimed"], false);
}

TEST_F(ServerAccounts, LetsEachRoleDoWhatItMayAndNoMoreOnEveryRoute)
{
    claim();
    const std::vector<std::pair<Role, std::string>> askers{
        {Role::none, ""},
        {Role::none, "Authorization: Bearer tg_abcdefgh_nonsense\r\n"},
        {Role::none, "Authorization: Bearer e30.e30.e30\r\n"},
        {Role::viewer, token(Role::viewer)},
        {Role::operating, token(Role::operating)},
        {Role::admin, token(Role::admin)}};
    for (const Route& route : all_routes())
        for (const auto& [role, fields] : askers) {
            if (role >= route.role && route.path == "/api/v1/stream") continue;  // has no end
            const auto answer = ask(std::string(route.method), target_of(route), fields);
            const std::string where = std::string(route.method) + " " + std::string(route.path) + " as " +
                                      std::string(to_string(role));
            if (role >= route.role) {
                EXPECT_NE(answer.status, 401U) << where;
                EXPECT_THAT(answer.body, testing::Not(HasSubstr("This takes the role"))) << where;
            } else {
                EXPECT_EQ(answer.status, role == Role::none ? 401U : 403U) << where << ": " << answer.body;
                const bool influx = route.path == "/write" || route.path == "/api/v2/write";
                EXPECT_EQ(answer.field("Content-Type"),
                          influx ? "application/json" : "application/problem+json")
                    << where;
            }
        }
}

TEST_F(ServerAccounts, IsClaimedOnceWithTheCodeOfTheConsole)
{
    const auto code = setup_code();
    const json claim_it{{"code", code}, {"user", "root"}, {"password", password}};
    EXPECT_EQ(ask("POST", "/api/v1/setup", "Content-Type: text/plain\r\n", claim_it.dump()).status, 400U);

    // Two at once: one wins.
    auto &one = client(), &two = client();
    const auto body = claim_it.dump();
    const auto text = "POST /api/v1/setup HTTP/1.1\r\nHost: " + host() + "\r\n" + json_type +
                      "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    one.send(text);
    two.send(text);
    const auto first = one.answer(), second = two.answer();

    EXPECT_THAT((std::vector{first.status, second.status}), testing::UnorderedElementsAre(201U, 404U));
    const auto& won = first.status == 201 ? first : second;
    EXPECT_EQ(json::parse(won.body)["role"], "admin");
    EXPECT_EQ(json::parse(ask("GET", "/api/v1/session", cookie_of(won)).body)["name"], "root");
    EXPECT_EQ(post("/api/v1/setup", claim_it).status, 404U);
    EXPECT_EQ(ask("GET", "/api/v1/setup").status, 404U);
}

TEST_F(ServerAccounts, SetsACookieThatNoScriptAndNoOtherSiteCanUse)
{
    claim();
    const auto answer = login("root");
    ASSERT_EQ(answer.status, 200U);
    const auto cookie = answer.field("Set-Cookie");
    EXPECT_TRUE(cookie.starts_with("tidegate=")) << cookie;
    for (const auto* part : {"; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=2592000"})
        EXPECT_THAT(cookie, HasSubstr(part));
    const auto pair = "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";

    EXPECT_EQ(ask("GET", "/api/v1/users", pair).status, 200U);
    EXPECT_EQ(ask("DELETE", "/api/v1/tokens/x", pair).status, 403U) << "nobody says which page it comes from";
    EXPECT_EQ(ask("DELETE", "/api/v1/tokens/x", pair + "Origin: http://evil.example\r\n").status, 403U);
    EXPECT_EQ(ask("DELETE", "/api/v1/tokens/x", pair + "Origin: null\r\n").status, 403U);
    EXPECT_EQ(ask("DELETE", "/api/v1/tokens/x", pair + origin()).status, 404U);
    EXPECT_EQ(client().upgrade(pair).status, 403U) << "a WebSocket with a cookie says its page, too";
    EXPECT_EQ(client().upgrade(pair + origin()).status, 101U);
}

TEST_F(ServerAccounts, KnowsNoSessionThatItDidNotMakeItself)
{
    claim();
    const std::string planted = "Cookie: tidegate=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    EXPECT_EQ(ask("GET", "/api/v1/users", planted).status, 401U);
    const auto answer =
        post("/api/v1/session", {{"user", "root"}, {"password", password}}, planted + origin());
    EXPECT_THAT(answer.field("Set-Cookie"), testing::Not(HasSubstr("AAAAAAAA")))
        << "a new one with each login";
    EXPECT_EQ(ask("GET", "/api/v1/users", planted).status, 401U);
}

TEST_F(ServerAccounts, TakesNoTokenFromTheQuery)
{
    claim();
    const auto field = token(Role::admin);
    const auto secret = field.substr(field.find("tg_"), field.size() - field.find("tg_") - 2);
    EXPECT_EQ(ask("GET", "/api/v1/users?token=" + secret).status, 401U);
    EXPECT_EQ(ask("GET", "/api/v1/users?access_token=" + secret).status, 401U);
    EXPECT_EQ(ask("GET", "/api/v1/users", field).status, 200U);
}

TEST_F(ServerAccounts, SlowsDownGuessingAndLocksNobodyOut)
{
    claim();
    EXPECT_EQ(login("root", "a wrong password").status, 401U);
    const auto answer = login("root");
    EXPECT_EQ(answer.status, 429U);
    EXPECT_EQ(answer.field("Retry-After"), "1");
    // Whoever it says to come from: nobody in front of us is trusted.
    EXPECT_EQ(
        post("/api/v1/session", {{"user", "root"}, {"password", password}}, "X-Forwarded-For: 192.0.2.1\r\n")
            .status,
        429U);
    EXPECT_TRUE(tests::wait_until([&] { return login("root").status == 200; }));
}

TEST_F(ServerAccounts, HashesOneAtATimeAndTurnsAwayWhatWouldWaitTooLong)
{
    claim();
    std::vector<tests::RawClient*> all;
    for (int i = 0; i < 40; ++i) {
        const auto body = json{{"user", "user" + std::to_string(i)}, {"password", password}}.dump();
        all.push_back(&client());
        all.back()->send("POST /api/v1/session HTTP/1.1\r\nHost: " + host() + "\r\n" + json_type +
                         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    std::map<unsigned, int> counts;
    for (auto* one : all) {
        const auto answer = one->answer();
        ++counts[answer.status];
        EXPECT_EQ(answer.status == 503 && answer.field("Retry-After").empty(), false);
        if (answer.status == 503) {
            EXPECT_THAT(answer.body, HasSubstr("logging in"));
        }
    }
    EXPECT_EQ(counts[401] + counts[429] + counts[503], 40);
    EXPECT_GE(counts[503], 10) << "eight wait, the others are told to come again";
    EXPECT_EQ(ask([this] { return server->counts(); }).turned[static_cast<std::size_t>(Turned::logins)],
              static_cast<std::uint64_t>(counts[503]));
    EXPECT_GE(counts[401], 1);
}

TEST_F(ServerAccounts, RefusesALongPasswordAndAStrangeNameBeforeItHashes)
{
    claim();
    EXPECT_EQ(login("root", std::string(10'000, 'x')).status, 400U);
    EXPECT_EQ(login("root", std::string(100'000, 'x')).status, 413U);
    for (const auto& name :
         {std::string("ro\0ot", 5), std::string("rооt"), std::string("root "), std::string("ROOT")})
        EXPECT_EQ(post("/api/v1/session", {{"user", name}, {"password", password}}, "").status == 200U, false)
            << name;
    const auto admin = token(Role::admin);
    for (const auto& name : {std::string("an\0na", 5), std::string("аnna"), std::string("an na"),
                             std::string("../x"), std::string(33, 'a'), std::string()})
        EXPECT_EQ(
            post("/api/v1/users", {{"name", name}, {"password", password}, {"role", "viewer"}}, admin).status,
            400U)
            << name;
}

TEST_F(ServerAccounts, ManagesUsers)
{
    claim();
    const auto admin = token(Role::admin);
    const json anna{{"name", "anna"}, {"password", password}, {"role", "operator"}, {"read", {"plant/#"}}};
    const auto added = post("/api/v1/users", anna, admin);
    EXPECT_EQ(added.status, 201U) << added.body;
    EXPECT_EQ(json::parse(added.body)["read"], json({"plant/#"}));
    EXPECT_EQ(json::parse(added.body)["write"], json({"#"}));
    EXPECT_EQ(post("/api/v1/users", anna, admin).status, 409U);
    EXPECT_EQ(
        post("/api/v1/users", {{"name", "bert"}, {"password", "short"}, {"role", "viewer"}}, admin).status,
        400U);
    EXPECT_EQ(
        post("/api/v1/users", {{"name", "bert"}, {"password", password}, {"role", "none"}}, admin).status,
        400U);
    EXPECT_EQ(
        post("/api/v1/users", {{"name", "bert"}, {"password", password}, {"role", "viewer"}, {"x", 1}}, admin)
            .status,
        400U);
    const auto in = cookie_of(login("anna"));
    EXPECT_EQ(ask("GET", "/api/v1/series", in).status, 200U);

    const auto users = json::parse(ask("GET", "/api/v1/users", admin).body)["users"];
    ASSERT_EQ(users.size(), 2U);
    EXPECT_EQ(users[0]["name"], "anna");
    EXPECT_EQ(users[0]["sessions"], 1);
    EXPECT_FALSE(users[0].contains("password"));

    EXPECT_EQ(ask("PATCH", "/api/v1/users/anna", json_type + admin, R"({"role":"viewer"})").status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/series", in).status, 401U) << "logged out by the change";
    const auto again = cookie_of(login("anna"));
    EXPECT_EQ(ask("DELETE", "/api/v1/users/anna/sessions", admin).status, 204U);
    EXPECT_EQ(ask("GET", "/api/v1/series", again).status, 401U);
    EXPECT_EQ(ask("PATCH", "/api/v1/users/root", json_type + admin, R"({"role":"viewer"})").status, 409U);
    EXPECT_EQ(ask("DELETE", "/api/v1/users/root", admin).status, 409U);
    EXPECT_EQ(ask("DELETE", "/api/v1/users/nobody", admin).status, 404U);
    EXPECT_EQ(ask("DELETE", "/api/v1/users/anna", admin).status, 204U);
    EXPECT_EQ(login("anna").status, 401U);

    const auto audit = json::parse(ask("GET", "/api/v1/audit?limit=3", admin).body);
    EXPECT_EQ(audit["audit"].size(), 3U);
    EXPECT_EQ(audit["audit"][1]["what"], "user_remove");
    EXPECT_EQ(audit["audit"][1]["on"], "anna");
    EXPECT_EQ(audit["audit"][1]["from"], "127.0.0.1");
    EXPECT_EQ(audit["next"], audit["audit"][2]["id"]);
}

TEST_F(ServerAccounts, LogsOutAndChangesOnesOwnPassword)
{
    claim();
    const auto here = cookie_of(login("root")), there = cookie_of(login("root"));
    const json change{{"password", password}, {"new", "another good one"}};
    EXPECT_EQ(post("/api/v1/session/password",
                   {{"password", "a wrong password"}, {"new", "another good one"}}, here)
                  .status,
              403U);
    EXPECT_TRUE(
        tests::wait_until([&] { return post("/api/v1/session/password", change, here).status == 204; }));
    EXPECT_EQ(ask("GET", "/api/v1/users", here).status, 200U);
    EXPECT_EQ(ask("GET", "/api/v1/users", there).status, 401U);

    const auto out = ask("DELETE", "/api/v1/session", here);
    EXPECT_EQ(out.status, 204U);
    EXPECT_THAT(out.field("Set-Cookie"), HasSubstr("Max-Age=0"));
    EXPECT_EQ(ask("GET", "/api/v1/users", here).status, 401U);
}

TEST_F(ServerAccounts, ShowsAndTakesOnlyWhatIsInScope)
{
    claim();
    const auto mine = series("plant/a", "/t"), other = series("home/secret", "/t");
    hear(mine, 1.0, 1000);
    hear(other, 2.0, 1000);
    const auto fields = token(Role::operating, {{"plant/#"}}, {{"plant/+/set"}});

    const auto list = json::parse(ask("GET", "/api/v1/series", fields).body)["series"];
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0]["topic"], "plant/a");
    const auto range = "&from=0&to=2000";
    EXPECT_EQ(ask("GET", "/api/v1/history?series=" + std::to_string(mine) + range, fields).status, 200U);
    const auto hidden = ask("GET", "/api/v1/history?series=" + std::to_string(other) + range, fields);
    EXPECT_EQ(hidden.status, 404U);
    EXPECT_EQ(hidden.body.find("home"), hidden.body.npos);
    EXPECT_EQ(ask("GET", "/api/v1/export?series=" + std::to_string(other), fields).status, 404U);
    for (const auto* target :
         {"/api/v1/export", "/api/v1/export?topic=%23", "/api/v1/export?topic=home/secret"})
        EXPECT_EQ(ask("GET", target, fields).body.find("secret"), std::string::npos) << target;
    EXPECT_THAT(ask("GET", "/api/v1/export", fields).body, HasSubstr("plant/a"));
    EXPECT_EQ(ask("GET", "/api/v1/devices", token(Role::viewer, {{"nothing/#"}})).body,
              R"({"devices":[],"next":null})");
    EXPECT_EQ(ask("POST", "/api/v1/trace?topic=home/secret", fields).status, 403U);
    EXPECT_EQ(ask("POST", "/api/v1/trace?topic=%23", fields).status, 403U);
    EXPECT_EQ(ask("POST", "/api/v1/upstreams/retry?id=cloud", fields).status, 403U)
        << "it concerns all readings";
    EXPECT_EQ(post("/api/v1/commands", {{"topic", "home/lock/set"}, {"payload", "OPEN"}}, fields).status,
              403U);
    EXPECT_EQ(post("/api/v1/commands", {{"topic", "plant/a"}, {"payload", "ON"}}, fields).status, 403U);
    EXPECT_THAT(post("/api/v1/commands", {{"topic", "plant/a/set"}, {"payload", "ON"}}, fields).body,
                HasSubstr("not on the list"))
        << "what the gateway itself says to what is in scope";
}

TEST_F(ServerAccounts, ShowsLiveOnlyWhatIsInScopeHoweverItIsAskedFor)
{
    claim();
    const auto mine = series("plant/a", "/t"), other = series("home/secret", "/t");
    hear(mine, 12345.0, 1000);
    hear(other, 67890.0, 1000);
    const auto fields = token(Role::viewer, {{"plant/#"}});
    for (const auto* wish : {R"({"k":"hello","v":1})", R"({"k":"hello","v":1,"sub":{"match":["#"]}})",
                             R"({"k":"hello","v":1,"sub":{"match":["home/secret","plant/a"]}})",
                             R"({"k":"hello","v":1,"sub":{"ids":[1,2]}})"}) {
        auto& live = client();
        ASSERT_EQ(live.upgrade(fields).status, 101U);
        live.send_text(wish);
        std::string first;
        for (int i = 0; i < 5 && first.empty(); ++i) {
            const auto message = live.message();
            if (message.payload.find(R"("k":"d")") != std::string::npos) first = message.payload;
        }
        EXPECT_THAT(first, HasSubstr("12345")) << wish;
        EXPECT_EQ(first.find("67890"), std::string::npos) << wish;
        hear(other, 67891.0, wall_ms());
        hear(mine, 12346.0, wall_ms());
        std::string next;
        for (int i = 0; i < 10 && next.find("12346") == std::string::npos; ++i)
            next += live.message().payload;
        EXPECT_THAT(next, HasSubstr("12346")) << wish;
        EXPECT_EQ(next.find("67891"), std::string::npos) << wish;
        hear(mine, 12345.0, wall_ms());
        hear(other, 67890.0, wall_ms());
    }
}

TEST_F(ServerAccounts, ClosesLiveStreamsOfWhoLosesAccessWithinASecond)
{
    claim();
    const auto closed_within = [&](tests::RawClient& live) {
        const auto begun = std::chrono::steady_clock::now();
        unsigned code = 0;
        for (int i = 0; i < 50 && code == 0; ++i) {
            const auto message = live.message();
            if (message.opcode == 8) code = message.close_code();
            if (message.opcode == 0) break;
        }
        EXPECT_EQ(code, 4401U);
        return std::chrono::steady_clock::now() - begun;
    };
    const auto begin = [&](const std::string& fields) -> tests::RawClient& {
        auto& live = client();
        EXPECT_EQ(live.upgrade(fields).status, 101U);
        live.send_text(R"({"k":"hello","v":1,"rate":5000})");
        EXPECT_THAT(live.message().payload, HasSubstr("welcome"));
        return live;
    };
    auto& by_session = begin(cookie_of(login("root")));
    EXPECT_TRUE(accounts->end_sessions("root"));
    EXPECT_LT(closed_within(by_session), 1s);

    const auto made = accounts->add_token({.name = "x"}, "root").value();
    auto& by_token = begin("Authorization: Bearer " + made.secret + "\r\n");
    EXPECT_TRUE(accounts->remove_token(made.token.id));
    EXPECT_LT(closed_within(by_token), 1s);

    // Another process takes it away.
    const auto again = accounts->add_token({.name = "y"}, "root").value();
    auto& by_command = begin("Authorization: Bearer " + again.secret + "\r\n");
    EXPECT_TRUE(AccountBook(directory.path()).remove_token(again.token.id));
    EXPECT_LT(closed_within(by_command), 1s);
}

TEST_F(ServerAccounts, HandsOverAPostWithWhatItsSenderMayWrite)
{
    claim();
    PostResult committed;
    committed.taken = 1;
    ServerTest::ask([&] { return post_answer = committed; });
    const auto body = json({{"topic", "plant/a"}, {"v", 1}});
    EXPECT_EQ(post("/api/v1/readings", body).status, 401U);
    EXPECT_EQ(post("/api/v1/readings", body, token(Role::viewer)).status, 403U);
    EXPECT_EQ(ServerTest::ask([&] { return posts.size(); }), 0U);
    const auto fields = token(Role::operating, {}, {{"plant/#"}});
    EXPECT_EQ(post("/api/v1/readings", body, fields).status, 202U);
    EXPECT_EQ(ask("POST", "/write?db=b", fields, "cpu v=1").status, 204U);
    const auto posted = ServerTest::ask([&] { return posts; });
    ASSERT_EQ(posted.size(), 2U);
    for (const auto& one : posted) EXPECT_EQ(one.write, (Scope{{"plant/#"}}));
}

TEST_F(ServerAccounts, SendsEventsOnlyOfWhatIsInScopeHoweverTheyAreAskedFor)
{
    claim();
    const auto mine = series("plant/a", "/t"), other = series("home/secret", "/t");
    hear(mine, 12345.0, 1000);
    hear(other, 67890.0, 1000);
    const auto fields = token(Role::viewer, {{"plant/#"}});
    for (const auto* query : {"", "?topic=%23", "?topic=home/secret", "?device=kitchen", "?series=1,2"}) {
        auto& events = client();
        events.send("GET /api/v1/stream" + std::string(query) + " HTTP/1.1\r\nHost: " + host() + "\r\n" +
                    fields + "\r\n");
        EXPECT_TRUE(events.until("\r\n\r\n").starts_with("HTTP/1.1 200")) << query;
        std::string text;
        while (text.find("event: d\n") == text.npos) {
            const auto event = events.until("\n\n");
            ASSERT_FALSE(event.empty()) << query;
            text += event;
        }
        const bool nothing = std::string_view(query) == "?topic=home/secret";
        EXPECT_EQ(text.find("12345") == text.npos, nothing) << text;
        EXPECT_EQ(text.find("67890"), text.npos) << text;
    }
}

TEST_F(ServerAccounts, EndsEventsOfWhoLosesAccessWithinASecond)
{
    claim();
    const auto made = accounts->add_token({.name = "x"}, "root").value();
    auto& events = client();
    events.send("GET /api/v1/stream HTTP/1.1\r\nHost: " + host() + "\r\nAuthorization: Bearer " +
                made.secret + "\r\n\r\n");
    EXPECT_THAT(events.until("event: welcome"), HasSubstr("HTTP/1.1 200"));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(accounts->remove_token(made.token.id));
    EXPECT_THAT(events.until("event: bye"), HasSubstr("event: bye"));
    EXPECT_THAT(events.until("\n\n"), HasSubstr("access"));
    EXPECT_TRUE(events.closed_by_peer());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

// Its socket is full: no goodbye passes it, and what is in it is not for it any more.
TEST_F(ServerAccounts, ClosesLiveStreamsOfWhoLosesAccessAndReadsNothing)
{
    claim();
    std::vector<store::Reading> readings;
    for (int i = 0; i < 5000; ++i)
        readings.push_back({series("plant/" + std::to_string(i)), wall_ms(), std::string(200, 'x'), 0});
    store->live().update(readings, wall_ms());
    const auto there = [&] {
        const auto facts = ask([this] { return server->live_facts(); });
        return facts.web_sockets + facts.event_streams;
    };
    for (const bool events : {false, true}) {
        const auto made = accounts->add_token({.name = "x"}, "root").value();
        const auto bearer = "Authorization: Bearer " + made.secret + "\r\n";
        auto& live = client();
        const int small = 4096;
        ::setsockopt(live.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        if (events) {
            live.send("GET /api/v1/stream HTTP/1.1\r\nHost: " + host() + "\r\n" + bearer + "\r\n");
        } else {
            ASSERT_EQ(live.upgrade(bearer).status, 101U);
            live.send_text(R"({"k":"hello","v":1})");
        }
        ASSERT_TRUE(tests::wait_until([&] { return there() == 1; }));
        std::this_thread::sleep_for(300ms);  // its socket fills
        const auto begun = std::chrono::steady_clock::now();
        ASSERT_TRUE(accounts->remove_token(made.token.id));
        EXPECT_TRUE(tests::wait_until([&] { return there() == 0; }));
        EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s) << events;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(live.socket(), SOL_SOCKET, SO_ERROR, &error, &size);
        EXPECT_EQ(error, ECONNRESET) << "nothing more comes out of the server's buffers";
    }
}

TEST_F(ServerAccounts, BoundsHowOftenOneUserOrTokenAsks)
{
    claim();
    Limits limits;
    limits.identity_rate = 1;
    limits.identity_burst = 3;
    ask([&] { return server->set_limits(limits), 0; });
    const auto often = token(Role::viewer);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", "/api/v1/session", often).status, 200U) << i;
    const auto refused = ask("GET", "/api/v1/session", often);
    EXPECT_EQ(refused.status, 429U);
    EXPECT_EQ(refused.field("Retry-After"), "1");
    EXPECT_EQ(ask("GET", "/api/v1/session", token(Role::viewer)).status, 200U) << "nobody else waits for it";
    EXPECT_EQ(ask("GET", "/healthz").status, 200U);
    const auto counted = ask([this] { return server->counts(); }).turned;
    EXPECT_EQ(counted[static_cast<std::size_t>(Turned::requests_identity)], 1U);
    ask([&] { return server->set_limits({}), 0; });
    EXPECT_TRUE(tests::wait_until([&] { return ask("GET", "/api/v1/session", often).status == 200; }));
}

// Also who may not ask at all is told in the words of the protocol that it speaks.
TEST_F(ServerAccounts, RefusesWritersInTheWordsOfTheirProtocol)
{
    for (const bool claimed : {false, true}) {
        if (claimed) claim();
        for (const auto& fields : {std::string(), claimed ? token(Role::viewer) : std::string()}) {
            const unsigned status = claimed && fields.empty() ? 401 : 403;
            const auto influx2 = ask("POST", "/api/v2/write?bucket=a", fields, "a v=1");
            EXPECT_EQ(influx2.status, status);
            EXPECT_EQ(json::parse(influx2.body)["code"], status == 401 ? "unauthorized" : "forbidden");
            const auto influx1 = ask("POST", "/write?db=a", fields, "a v=1");
            EXPECT_EQ(influx1.status, status);
            EXPECT_TRUE(json::parse(influx1.body)["error"].is_string()) << influx1.body;
            EXPECT_EQ(influx1.field("WWW-Authenticate").empty(), status != 401);
        }
    }
}

}  // namespace
}  // namespace tidegate::web
