#include "web/server/gate.hpp"

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
