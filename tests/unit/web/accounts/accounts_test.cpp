#include "web/accounts/accounts.hpp"

#include "support/fake_clock.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"
#include "web/accounts/console.hpp"
#include "web/accounts/password.hpp"
#include "web/accounts/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>

namespace tidegate::web {
namespace {

using namespace std::chrono_literals;

const std::string good_password = "tide and gate";
const std::string other_password = "another good one";

struct AccountsTest : testing::Test {
    AccountsTest()
    {
        clock.set(tests::FakeClock::november_2026);
        start();
    }

    void start()
    {
        accounts.reset();
        accounts = std::move(Accounts::open({.state_directory = dir.path(),
                                             .runtime_directory = dir / "run",
                                             .jwt = {},
                                             .clock = clock.source(),
                                             .look_every = 10ms})
                                 .value());
    }

    // As the command does it, and waits until it is known.
    std::string setup_code()
    {
        const auto before = accounts->revision();
        const SetupCode code{drawn_setup_code(), clock.wall_ms()};
        EXPECT_TRUE(AccountBook(dir.path()).put_setup_code(code));
        wait_for_news(before);
        return code.code;
    }
    void wait_for_news(std::uint64_t before)
    {
        EXPECT_TRUE(tests::wait_until([&] { return accounts->revision() != before; }));
    }

    LoginResult claim(const std::string& name = "root")
    {
        return accounts->claim(setup_code(), name, good_password, "192.0.2.9").value();
    }
    User add(const std::string& name,
             Role role,
             Scope read = Scope::everything(),
             Scope write = Scope::everything())
    {
        User user;
        user.name = name;
        user.role = role;
        user.read = std::move(read);
        user.write = std::move(write);
        return accounts->add_user(user, other_password).value();
    }
    LoginResult login(const std::string& name, const std::string& password = other_password)
    {
        return accounts->login(name, password, "192.0.2.1").value();
    }
    Identity by_cookie(const std::string& secret)
    {
        return accounts->identify({{}, "tidegate=" + secret, "", false});
    }
    Identity by_bearer(const std::string& token)
    {
        return accounts->identify({"Bearer " + token, "", "", false});
    }

    tests::QuietLog quiet;
    tests::TempDir dir;
    tests::FakeClock clock;
    std::unique_ptr<Accounts> accounts;
};

using End = LoginResult::End;

TEST_F(AccountsTest, BelongsToNobodyUntilItIsClaimedWithTheCode)
{
    EXPECT_FALSE(accounts->claimed());
    EXPECT_EQ(accounts->claim("", "root", good_password, "192.0.2.1")->end, End::wrong)
        << "there is no code yet";
    clock.pass(2000);
    const auto code = setup_code();
    EXPECT_EQ(accounts->claim("AAAA-AAAA-AAAA-AAAA", "root", good_password, "192.0.2.1")->end, End::wrong);
    EXPECT_EQ(accounts->claim(code, "root", good_password, "192.0.2.1")->end, End::throttled);
    EXPECT_EQ(accounts->claim(code, "Root", good_password, "192.0.2.2").error().kind, ErrorKind::invalid);
    EXPECT_EQ(accounts->claim(code, "root", "short", "192.0.2.2").error().kind, ErrorKind::invalid);
    EXPECT_FALSE(accounts->claimed());

    const auto claimed = accounts->claim(code, "root", good_password, "192.0.2.2");

    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->end, End::ok);
    EXPECT_EQ(by_cookie(claimed->secret).role, Role::admin);
    EXPECT_TRUE(accounts->claimed());
    EXPECT_EQ(accounts->claim(code, "second", good_password, "192.0.2.3").error().kind, ErrorKind::not_found);
    EXPECT_EQ(accounts->users().size(), 1U);
}

TEST_F(AccountsTest, TakesACodeForHalfAnHour)
{
    const auto code = setup_code();
    clock.pass(30 * 60 * 1000);
    EXPECT_EQ(accounts->claim(code, "root", good_password, "192.0.2.1")->end, End::wrong);
}

TEST_F(AccountsTest, LogsInWhoKnowsThePasswordAndTellsNobodyWhoThereIs)
{
    claim();
    add("anna", Role::operating, {{"plant/#"}}, {{"plant/+/set"}});

    EXPECT_EQ(login("anna", "a wrong password").end, End::wrong);
    EXPECT_EQ(login("nobody").end, End::wrong);
    EXPECT_EQ(login("ANNA\n").end, End::wrong);
    EXPECT_EQ(accounts->login("anna", std::string(1'000'000, 'x'), "192.0.2.1").error().kind,
              ErrorKind::invalid);
    EXPECT_EQ(login("anna").end, End::throttled);
    clock.pass(1000);
    const auto in = login("anna");

    EXPECT_EQ(in.end, End::ok);
    const auto who = by_cookie(in.secret);
    EXPECT_EQ(who.name, "anna");
    EXPECT_EQ(who.role, Role::operating);
    EXPECT_EQ(who.means, Means::session);
    EXPECT_TRUE(who.may_read("plant/a"));
    EXPECT_FALSE(who.may_read("home/a"));
    EXPECT_TRUE(who.may_write("plant/a/set"));
    EXPECT_FALSE(who.may_write("plant/a"));
    EXPECT_EQ(by_cookie(in.secret + "x").role, Role::none);
    EXPECT_EQ(by_cookie("").role, Role::none);
    EXPECT_EQ(accounts->identify({{}, "__Host-tidegate=" + in.secret, "", false}).role, Role::none);
    EXPECT_EQ(accounts->identify({{}, "a=b; __Host-tidegate=" + in.secret, "", true}).role, Role::operating);
    EXPECT_NE(in.secret, login("anna").secret) << "each login has a session of its own";
}

TEST_F(AccountsTest, EndsASessionThatIsIdleOrOld)
{
    const auto in = claim();
    for (int days = 0; days < 29; ++days) {
        clock.pass(11 * 3'600'000);
        ASSERT_EQ(by_cookie(in.secret).role, Role::admin) << "in use";
        clock.pass(11 * 3'600'000);
        ASSERT_EQ(by_cookie(in.secret).role, Role::admin) << "in use";
    }
    clock.pass(12 * 3'600'000 + 1);
    EXPECT_EQ(by_cookie(in.secret).role, Role::none) << "idle";

    const auto again = accounts->login("root", good_password, "192.0.2.1").value();
    for (int tens = 0; tens < 71; ++tens) {
        clock.pass(10 * 3'600'000);
        ASSERT_EQ(by_cookie(again.secret).role, Role::admin);
        ASSERT_TRUE(accounts->holds(again.identity));
    }
    clock.pass(10 * 3'600'000);
    EXPECT_EQ(by_cookie(again.secret).role, Role::none) << "thirty days old";
    EXPECT_FALSE(accounts->holds(again.identity));
}

TEST_F(AccountsTest, TakesAwayWhatItGaveAtOnce)
{
    claim();
    add("anna", Role::operating);
    const auto lost = [&](const std::function<void()>& take) {
        const auto in = accounts->login("anna", other_password, "192.0.2.1").value();
        EXPECT_TRUE(accounts->holds(in.identity));
        const auto revision = accounts->revision();
        take();
        return !accounts->holds(in.identity) && by_cookie(in.secret).role == Role::none &&
               accounts->revision() != revision;
    };
    EXPECT_TRUE(lost([&] { EXPECT_TRUE(accounts->end_sessions("anna")); }));
    EXPECT_TRUE(lost([&] { EXPECT_TRUE(accounts->change_user("anna", {.role = Role::viewer})); }));
    EXPECT_TRUE(lost([&] { EXPECT_TRUE(accounts->change_user("anna", {.read = Scope{{"a"}}})); }));
    EXPECT_TRUE(lost([&] { EXPECT_TRUE(accounts->change_user("anna", {.password = other_password})); }));
    EXPECT_TRUE(lost([&] { EXPECT_TRUE(accounts->remove_user("anna")); }));
}

TEST_F(AccountsTest, LogsOutTheSessionThatAsksAndNoOther)
{
    claim();
    add("anna", Role::viewer);
    const auto one = login("anna"), two = login("anna");

    EXPECT_TRUE(accounts->logout(one.identity));

    EXPECT_EQ(by_cookie(one.secret).role, Role::none);
    EXPECT_EQ(by_cookie(two.secret).role, Role::viewer);
}

TEST_F(AccountsTest, ChangesOnesOwnPasswordAndKeepsOnlyThisSession)
{
    claim();
    add("anna", Role::viewer);
    const auto here = login("anna"), there = login("anna");

    EXPECT_EQ(
        accounts->change_own_password(here.identity, "a wrong password", good_password, "192.0.2.1")->end,
        End::wrong);
    clock.pass(1000);
    EXPECT_EQ(accounts->change_own_password(here.identity, other_password, good_password, "192.0.2.1")->end,
              End::ok);

    EXPECT_EQ(by_cookie(here.secret).role, Role::viewer);
    EXPECT_EQ(by_cookie(there.secret).role, Role::none);
    EXPECT_EQ(login("anna").end, End::wrong);
    clock.pass(1000);
    EXPECT_EQ(login("anna", good_password).end, End::ok);
}

TEST_F(AccountsTest, KeepsItsLastAdmin)
{
    claim();
    EXPECT_EQ(accounts->remove_user("root").error().kind, ErrorKind::invalid);
    EXPECT_EQ(accounts->change_user("root", {.role = Role::viewer}).error().kind, ErrorKind::invalid);
    EXPECT_TRUE(accounts->change_user("root", {.password = other_password}));
    add("second", Role::admin);
    EXPECT_TRUE(accounts->remove_user("root"));
    EXPECT_TRUE(accounts->claimed());
}

TEST_F(AccountsTest, GivesTokensThatAreScopedAndExpire)
{
    claim();
    const auto made = accounts
                          ->add_token({.name = "grafana",
                                       .role = Role::viewer,
                                       .read = {{"plant/#"}},
                                       .write = {{"plant/#"}},
                                       .expires_in_s = 60},
                                      "root")
                          .value();
    EXPECT_TRUE(made.secret.starts_with("tg_" + made.token.id + "_"));
    const auto who = by_bearer(made.secret);
    EXPECT_EQ(who.role, Role::viewer);
    EXPECT_EQ(who.means, Means::token);
    EXPECT_TRUE(who.may_read("plant/a"));
    EXPECT_FALSE(who.may_read("home"));
    EXPECT_FALSE(who.may_write("plant/a")) << "a viewer writes nothing";
    EXPECT_EQ(accounts->identify({"bearer " + made.secret, "", "", false}).role, Role::viewer);
    EXPECT_EQ(accounts->identify({"Token " + made.secret, "", "", false}).role, Role::viewer)
        << "as InfluxDB 2 has it";
    EXPECT_EQ(accounts->identify({made.secret, "", "", false}).role, Role::none);
    EXPECT_EQ(by_bearer(made.secret + "x").role, Role::none);
    EXPECT_EQ(by_bearer("tg_" + made.token.id + "_").role, Role::none);
    EXPECT_EQ(by_bearer("tg_" + made.token.id).role, Role::none);
    EXPECT_EQ(accounts->tokens().front().last_used_ms, clock.wall_ms());

    EXPECT_TRUE(accounts->holds(who));
    clock.pass(60'000);
    EXPECT_FALSE(accounts->holds(who));
    EXPECT_EQ(by_bearer(made.secret).role, Role::none) << "expired";

    const auto lasting = accounts->add_token({.name = "x", .role = Role::operating}, "root").value();
    const auto holder = by_bearer(lasting.secret);
    EXPECT_TRUE(accounts->remove_token(lasting.token.id));
    EXPECT_FALSE(accounts->holds(holder));
    EXPECT_EQ(by_bearer(lasting.secret).role, Role::none);
    EXPECT_EQ(accounts->remove_token(lasting.token.id).error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, RemembersThatWhoClaimedItHasLoggedIn)
{
    claim();
    const auto at = accounts->users().at(0).first.last_login_ms;
    EXPECT_GT(at, 0);
    start();
    EXPECT_EQ(accounts->users().at(0).first.last_login_ms, at);
}

TEST_F(AccountsTest, HoldsAUserToAsManySessionsAsItIsTold)
{
    claim();
    add("anna", Role::viewer);
    std::vector<std::string> secrets;
    for (int i = 0; i < 4; ++i) {
        clock.pass(1);
        secrets.push_back(login("anna").secret);
    }
    accounts->hold_to(2);
    clock.pass(1);
    const auto last = login("anna");
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(by_cookie(secrets[i]).role, i < 3 ? Role::none : Role::viewer) << i;
    EXPECT_EQ(by_cookie(last.secret).role, Role::viewer);
    start();
    EXPECT_EQ(by_cookie(secrets[0]).role, Role::none) << "nor does it come back";
}

TEST_F(AccountsTest, KnowsEverybodyAgainAfterARestart)
{
    const auto in = claim();
    const auto token = accounts->add_token({.name = "x"}, "root").value();

    start();

    EXPECT_TRUE(accounts->claimed());
    EXPECT_EQ(by_cookie(in.secret).name, "root");
    EXPECT_EQ(by_bearer(token.secret).name, "x");
    EXPECT_EQ(accounts->login("root", good_password, "192.0.2.1")->end, End::ok);
}

TEST_F(AccountsTest, TakesInWhatACommandBesideItWrites)
{
    claim();
    add("anna", Role::viewer);
    const auto in = login("anna");
    const auto before = accounts->revision();

    ASSERT_TRUE(AccountBook(dir.path()).remove_user("anna"));
    wait_for_news(before);

    EXPECT_FALSE(accounts->holds(in.identity));
    EXPECT_EQ(by_cookie(in.secret).role, Role::none);
}

TEST_F(AccountsTest, KeepsNoSecretInItsFile)
{
    const auto in = claim();
    const auto token = accounts->add_token({.name = "x"}, "root").value();

    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        bytes.append((std::istreambuf_iterator<char>(file)), {});
        struct stat status {};
        ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    }
    EXPECT_NE(bytes.find("$argon2id$"), bytes.npos);
    for (const auto& secret : {in.secret, token.secret, token.secret.substr(12), good_password})
        EXPECT_EQ(bytes.find(secret), bytes.npos) << secret;
}

TEST_F(AccountsTest, LetsCommandsOnThisMachineAsk)
{
    const auto said = read_console(dir / "run").value();
    EXPECT_EQ(by_bearer(said).role, Role::admin);
    EXPECT_EQ(by_bearer(said + "x").role, Role::none);
    start();
    EXPECT_EQ(by_bearer(said).role, Role::none) << "another one with each start";
    accounts.reset();
    EXPECT_EQ(read_console(dir / "run").error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, WritesDownWhoDidWhatAndFailuresOnlyUpToABound)
{
    claim();
    for (int i = 0; i < 100; ++i) (void)accounts->login("anna", "a wrong password", "198.51.100.1");
    const auto entries = accounts->audit(0, 1000).value();

    EXPECT_LE(entries.size(), 22U);
    EXPECT_EQ(entries.back().what, "claim");
    EXPECT_EQ(entries.front().what, "login");
    EXPECT_EQ(entries.front().result, "throttled");
    EXPECT_EQ(accounts->counts().logins[1], 1U);
    EXPECT_EQ(accounts->counts().logins[2], 99U);
    for (const auto& entry : entries) EXPECT_EQ(entry.detail.find("password"), std::string::npos);
}

TEST_F(AccountsTest, LetsNobodyInWhereItsFileCannotBeRead)
{
    claim();
    accounts.reset();
    std::filesystem::remove(dir / "accounts.db");
    std::filesystem::create_directory(dir / "accounts.db");
    start();

    EXPECT_TRUE(accounts->claimed()) << "nobody can say that it is nobody's";
    EXPECT_EQ(accounts->login("root", good_password, "192.0.2.1")->end, End::wrong);
}

// By the time that this thread takes: what else the machine does is no matter.
TEST_F(AccountsTest, TakesAsLongForAUserThatThereIsNot)
{
    claim();
    add("anna", Role::viewer);
    const auto cpu_us = [] {
        timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1'000'000 + static_cast<double>(now.tv_nsec) / 1000;
    };
    // One after the other, five times; of each the least, which is the most that others did not disturb.
    const std::array<std::string, 3> names{"anna", "nobody", "NO BODY"};
    std::array<double, 3> least{1e9, 1e9, 1e9};
    for (int i = 0; i < 15; ++i) {
        const auto who = static_cast<std::size_t>(i) % 3;
        const auto before = cpu_us();
        (void)accounts->login(names.at(who), "a wrong password", "198.51.100." + std::to_string(i));
        least.at(who) = std::min(least.at(who), cpu_us() - before);
    }
    std::printf("[          ] a login takes %.1f ms, of nobody %.1f ms and %.1f ms\n", least[0] / 1000,
                least[1] / 1000, least[2] / 1000);
    EXPECT_NEAR(least[1] / least[0], 1, 0.2);
    EXPECT_NEAR(least[2] / least[0], 1, 0.2);
}

TEST_F(AccountsTest, HoldsAUserToAFewSessions)
{
    claim();
    add("anna", Role::viewer);
    const auto first = login("anna");
    for (int i = 0; i < 10; ++i) {
        clock.pass(1);
        (void)login("anna");
    }
    EXPECT_EQ(by_cookie(first.secret).role, Role::none);
    EXPECT_EQ(accounts->counts().sessions, 11U) << "ten of anna, and the one that claimed it";
}

TEST_F(AccountsTest, TakesNoOldTokenBecauseTheClockIsBehind)
{
    claim();
    const auto token = accounts->add_token({.name = "x", .expires_in_s = 60}, "root").value();
    clock.pass(3'600'000);
    (void)accounts->login("root", good_password, "192.0.2.1");  // writes down what time it is
    clock.reboot();                                             // in 1970
    start();

    EXPECT_EQ(by_bearer(token.secret).role, Role::none);
}

}  // namespace
}  // namespace tidegate::web
