#include "web/server/access.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

Request request(std::string method, std::string host, std::string origin = {}, std::string fetch_site = {})
{
    Request result;
    result.method = std::move(method);
    result.host = std::move(host);
    result.origin = std::move(origin);
    result.fetch_site = std::move(fetch_site);
    return result;
}

unsigned judged(const Request& request, Reach reach, bool upgrade = false)
{
    const Names names{{"*.plant.example", "tidegate.lan"}, {"203.0.113.7"}};
    const auto refusal = check_access(request, {reach, names}, upgrade);
    return refusal ? refusal->status : 0;
}

TEST(Access, AnswersOnTheLoopbackOnlyToItsOwnNames)
{
    for (const auto* host : {"localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"}) {
        EXPECT_EQ(judged(request("GET", host), Reach::loopback), 0U) << host;
    }
    for (const auto* host :
         {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::2]", ""}) {
        EXPECT_EQ(judged(request("GET", host), Reach::loopback), 421U) << host;
    }
}

// A name that somebody else can point at us is not ours (DNS rebinding); an address cannot be pointed.
TEST(Access, AnswersOnANetworkToItsNamesAndToAnyAddress)
{
    for (const auto* host : {"tidegate.lan", "TideGate.LAN:8080", "gw1.plant.example", "203.0.113.7",
                             "192.168.1.7:8080", "[fd00::7]:8080", "localhost"})
        EXPECT_EQ(judged(request("GET", host), Reach::network), 0U) << host;
    for (const auto* host : {"evil.example", "tidegate.lan.evil.example", "a.b.plant.example",
                             ".plant.example", "plant.example", "192.168.1.7.evil.example", ""})
        EXPECT_EQ(judged(request("GET", host), Reach::network), 421U) << host;
}

TEST(Access, OpensAWebSocketOnlyForItsOwnPage)
{
    const std::string host = "tidegate.lan:8080";
    const auto with = [&](std::string origin) {
        return judged(request("GET", host, std::move(origin)), Reach::network, true);
    };
    EXPECT_EQ(with(""), 0U);
    EXPECT_EQ(with("http://tidegate.lan:8080"), 0U);
    EXPECT_EQ(with("http://TIDEGATE.lan:8080"), 0U);
    for (const auto* origin :
         {"https://evil", "null", "http://tidegate.lan:8080.evil", "http://tidegate.lan:8081",
          "http://tidegate.lan", "file://tidegate.lan:8080", "http://evil@tidegate.lan:8080"}) {
        EXPECT_EQ(with(origin), 403U) << origin;
    }
}

TEST(Access, TakesTheDefaultPortForNone)
{
    EXPECT_TRUE(same_origin("http://tidegate.lan", "tidegate.lan:80"));
    EXPECT_TRUE(same_origin("https://tidegate.lan", "tidegate.lan"));
    EXPECT_FALSE(same_origin("https://tidegate.lan:80", "tidegate.lan"));
}

TEST(Access, TakesAPostFromItsOwnPageOrFromATool)
{
    const std::string host = "localhost:8080";
    EXPECT_EQ(judged(request("POST", host), Reach::loopback), 0U);
    EXPECT_EQ(judged(request("POST", host, "http://localhost:8080", "same-origin"), Reach::loopback), 0U);
    EXPECT_EQ(judged(request("POST", host, "http://evil.example"), Reach::loopback), 403U);
    EXPECT_EQ(judged(request("POST", host, "", "cross-site"), Reach::loopback), 403U);
    EXPECT_EQ(judged(request("POST", host, "", "same-site"), Reach::loopback), 403U);
}

}  // namespace
}  // namespace tidegate::web
