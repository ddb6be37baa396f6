#include "web/accounts/network_of.hpp"
#include "web/server/connection_count.hpp"
#include "web/server/plain_answer.hpp"
#include "web/server/token_buckets.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

TEST(TokenBuckets, GivesABurstAndThenARate)
{
    TokenBuckets buckets(2, 5);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(buckets.take("a", 1000), 0) << i;
    EXPECT_EQ(buckets.take("a", 1000), 1);
    EXPECT_EQ(buckets.take("b", 1000), 0);
    EXPECT_EQ(buckets.take("a", 1500), 0);
    EXPECT_EQ(buckets.take("a", 1500), 1);
    EXPECT_EQ(buckets.take("a", 100'000), 0);
}

TEST(TokenBuckets, SaysHowLongToWait)
{
    TokenBuckets buckets(0.1, 1);
    EXPECT_EQ(buckets.take("a", 0), 0);
    EXPECT_EQ(buckets.take("a", 0), 10);
    EXPECT_EQ(buckets.take("a", 8000), 2);
}

TEST(TokenBuckets, BoundsNothingWithoutARate)
{
    TokenBuckets buckets(0, 1);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(buckets.take("a", 0), 0);
}

TEST(TokenBuckets, RemembersABoundedNumberOfKeys)
{
    TokenBuckets buckets(1, 10);
    for (std::size_t i = 0; i < 3 * TokenBuckets::most; ++i) buckets.take(std::to_string(i), 1);
    EXPECT_LE(buckets.size(), TokenBuckets::most + 1);
    EXPECT_GT(buckets.take("one more", 1), 0) << "those beyond share a bucket, which is empty";
    EXPECT_EQ(buckets.take("one more", 60'000), 0) << "and rest clears the table";
    EXPECT_LE(buckets.size(), 2U);
}

TEST(ConnectionCount, CountsANetworkOfIPv6AsOneAddress)
{
    const auto counted = [](const char* text) {
        return network_of(unmapped(boost::asio::ip::make_address(text)).to_string());
    };
    EXPECT_EQ(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2:ffff::1"));
    EXPECT_NE(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    EXPECT_EQ(counted("::ffff:192.168.1.7"), "192.168.1.7");
    EXPECT_EQ(counted("192.168.1.7"), "192.168.1.7");
    EXPECT_EQ(counted("::1"), "::1");
}

struct Plain {
    const char* method;
    const char* path;
    unsigned status;  // 0: it is answered
};

TEST(PlainAnswer, ShowsPagesTheWayAndTellsTheApi)
{
    for (const auto& [method, path, status] :
         {Plain{"GET", "/", 308}, Plain{"GET", "/assets/index-B3x9fQ1a.js", 308}, Plain{"GET", "/healthz", 0},
          Plain{"GET", "/readyz", 0}, Plain{"GET", "/ca.crt", 0}, Plain{"POST", "/healthz", 426},
          Plain{"GET", "/metrics", 426}, Plain{"GET", "/api/v1/series", 426},
          Plain{"GET", "/api/v1/live", 426}, Plain{"POST", "/api/v1/session", 426},
          Plain{"POST", "/write", 426}, Plain{"POST", "/", 426}}) {
        Request request;
        request.method = method;
        request.path = path;
        request.host = "gate.local:8080";
        const auto reply = answer_to_plain(request, path);
        EXPECT_EQ(reply ? reply->status : 0, status) << method << ' ' << path;
        if (status != 308) continue;
        const std::pair<std::string, std::string> location{"Location",
                                                           std::string("https://gate.local:8080") + path};
        EXPECT_NE(std::find(reply->headers.begin(), reply->headers.end(), location), reply->headers.end());
    }
}

}  // namespace
}  // namespace tidegate::web
