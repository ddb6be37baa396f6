#include "web/server/gate.hpp"

#include "support/quiet_log.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

TEST(Gate, LetsEverybodyDoAllWhereAccountsAreSwitchedOff)
{
    Gate gate(nullptr);
    for (const Route& route : all_routes()) {
        Request request;
        request.method = route.method;

        EXPECT_FALSE(gate.admit(request, &route, false)) << route.path;
        EXPECT_EQ(request.identity.role, Role::admin);
        EXPECT_TRUE(request.identity.may_read("$SYS/a"));
        EXPECT_TRUE(request.identity.may_write("a"));
    }
}

// It is not looked at; who keeps addresses has it all the same, and whoever sent it should know.
TEST(Gate, WarnsOfASecretInTheAddressOfARequest)
{
    const auto said_of = [](const Query& query) {
        tests::QuietLog log;
        Gate gate(nullptr);
        Request request;
        request.method = "GET";
        request.path = "/api/v1/series";
        request.from = "192.0.2.7";
        request.query = query;
        (void)gate.admit(request, nullptr, false);
        return log.text();
    };
    for (const Query& query : {Query{{"token", "x"}}, Query{{"Access_Token", "x"}},
                               Query{{"q", "tg_k3v9_secret"}}, Query{{"authorization", "Bearer x"}}}) {
        const auto said = said_of(query);
        EXPECT_NE(said.find("secret_in_address from=192.0.2.7"), std::string::npos) << said;
        EXPECT_EQ(said.find("k3v9"), std::string::npos) << "it is not kept here, too";
    }
    EXPECT_EQ(said_of({{"topic", "plant/#"}, {"q", "token"}}), "");
}

TEST(Scope, AllowsWhatItsFiltersMatch)
{
    const Scope scope{{"plant/#", "home/+/t"}};
    EXPECT_TRUE(scope.allows("plant/a/b"));
    EXPECT_TRUE(scope.allows("home/k/t"));
    EXPECT_FALSE(scope.allows("home/k/u"));
    EXPECT_FALSE(scope.allows("$SYS/x"));
    EXPECT_TRUE(scope.covers("plant/+"));
    EXPECT_FALSE(scope.covers("#"));
    EXPECT_FALSE(Scope{}.allows("a"));
    EXPECT_TRUE(Scope::everything().allows("$SYS/x"));
    EXPECT_TRUE(Scope::everything().covers("$SYS/#"));
    EXPECT_EQ(Scope({{"b", "a", "b"}}).key(), Scope({{"a", "b"}}).key());
    EXPECT_NE(Scope({{"a", "b"}}).key(), Scope({{"a1:b"}}).key());
}

}  // namespace
}  // namespace tidegate::web
