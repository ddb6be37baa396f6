#include "web/server/sanitize.hpp"

#include <gtest/gtest.h>

namespace tidegate::web {
namespace {

// What the server does with raw bytes: 0 lets them pass, otherwise the status of the refusal.
unsigned judged(const std::string& head)
{
    const HeadScan scan = scan_head(head, 0);
    if (scan.refusal) return scan.refusal->status;
    if (scan.length == 0) return 1;  // waits for more
    const auto refusal = check_head(std::string_view(head).substr(0, scan.length));
    return refusal ? refusal->status : 0;
}

std::string get(const std::string& target, const std::string& fields = "")
{
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post_to(const std::string& target, const std::string& fields)
{
    return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields)
{
    return post_to("/api/v1/commands", fields);
}

std::string many_fields(int count)
{
    std::string result;
    for (int i = 0; i < count; ++i) result += "a" + std::to_string(i) + ":\r\n";
    return result;
}

struct Case {
    const char* name;
    std::string head;
    unsigned status;
};

const std::vector<Case>& cases()
{
    static const std::vector<Case> table{
        {"APlainRequest", get("/"), 0},
        {"AQuery", get("/api/v1/series?topic=plant%2F%23&q=a+b"), 0},
        {"HttpOneZeroWithHost", "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 0},
        {"AnAddressAsHost", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
        {"ABodyWithLength", post("Content-Length: 5\r\n"), 0},
        {"ALargeBodyOfAPost", post_to("/write?db=a", "Content-Length: 1048576\r\n"), 0},
        {"APackedBodyOfAPost",
         post_to("/api/v2/write?bucket=a", "Content-Length: 5\r\nContent-Encoding: gzip\r\n"), 0},
        {"AChunkedBody", post("Transfer-Encoding: chunked\r\n"), 0},
        {"SixtyFourFields", "GET / HTTP/1.1\r\nHost: localhost\r\n" + many_fields(63) + "\r\n", 0},

        {"AFoldedField", get("/", "X: a\r\n b\r\n"), 400},
        {"AFoldedFirstField", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
        {"AnUnknownCoding", post("Transfer-Encoding: xchunked\r\n"), 400},
        {"AListOfCodings", post("Transfer-Encoding: chunked, identity\r\n"), 400},
        {"TwoCodings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"ACodingInHttpOneZero", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"ALengthAndACoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"ACodingAndALength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {"AListOfLengths", post("Content-Length: 5, 5\r\n"), 400},
        {"TwoEqualLengths", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {"ASignedLength", post("Content-Length: +5\r\n"), 400},
        {"AHexLength", post("Content-Length: 0x5\r\n"), 400},
        {"AnEmptyLength", post("Content-Length:\r\n"), 400},
        {"ALengthBeyondTheLimit", post("Content-Length: 65537\r\n"), 413},
        {"ALengthOfTwoToThe63", post("Content-Length: 9223372036854775808\r\n"), 413},
        {"ALengthBeyondAnyNumber", post("Content-Length: 99999999999999999999999\r\n"), 413},
        {"ALengthBeyondThatOfAPost", post_to("/api/v1/readings", "Content-Length: 1048577\r\n"), 413},
        {"ABrotliBodyOfAPost", post_to("/write?db=a", "Content-Length: 5\r\nContent-Encoding: br\r\n"), 415},
        {"APackedBodyWhereTheQueryAloneNamesAPost",
         post_to("/api/v1/commands?/write", "Content-Length: 5\r\nContent-Encoding: gzip\r\n"), 415},
        {"APackedBody", post("Content-Length: 5\r\nContent-Encoding: gzip\r\n"), 415},
        {"AnUnknownExpectation", post("Content-Length: 5\r\nExpect: pony\r\n"), 417},
        {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        {"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"AnEmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"AHostWithAUser", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        {"AHostWithAPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"AHostWithTwoPorts", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400},
        {"AnAbsoluteTarget", get("http://localhost/"), 400},
        {"AnAsterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"AClimbingPath", get("/../../etc/passwd"), 400},
        {"AClimbingEnd", get("/a/.."), 400},
        {"AnEscapedClimb", get("/%2e%2e%2fetc/passwd"), 400},
        {"AMixedEscapedClimb", get("/.%2E/x"), 400},
        {"ABackslash", get("/..%5cx"), 400},
        {"AnEscapedNul", get("/%00"), 400},
        {"AnEscapedLineFeedInTheQuery", get("/?q=a%0ab"), 400},
        {"ABrokenEscape", get("/%zz"), 400},
        {"AFragment", get("/#a"), 400},
        {"AParameterGivenTwice", get("/?a=1&a=2"), 400},
        {"AByteBeyondAscii", get("/\xC3\xA4"), 400},
        {"ATabInTheTarget", get("/a\tb"), 400},
        {"TwoSpacesBeforeTheTarget", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"ALongTarget", get("/" + std::string(2048, 'a')), 414},
        {"ATargetBeyondTheWholeHead", get("/" + std::string(9000, 'a')), 414},
        {"ALongHeader", get("/", "X: " + std::string(9000, 'a') + "\r\n"), 431},
        {"TooManyFields", get("/", many_fields(64)), 431},
        {"AThousandSmallFields", get("/", many_fields(1100)), 431},
        {"ALongMethod", std::string(1000, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"AMethodThatIsNoToken", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"Trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"Connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"AnotherVersion", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
        {"NoVersion", "GET /\r\n\r\n", 400},
        {"ABareLineFeed", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"ABareCarriageReturn", get("/", "X: a\rb\r\n"), 400},
        {"ANulInAField", get("/", std::string("X: a\0b\r\n", 8)), 400},
        {"ASpaceBeforeTheColon", get("/", "Content-Length : 5\r\n"), 400},
        {"AFieldWithoutAName", get("/", ": 5\r\n"), 400},
        {"AFieldWithoutAColon", get("/", "nothing\r\n"), 400},
        {"ATlsHello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
    };
    return table;
}

class SanitizeHead : public testing::TestWithParam<Case> {};

TEST_P(SanitizeHead, IsJudged)
{
    EXPECT_EQ(judged(GetParam().head), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(Table, SanitizeHead, testing::ValuesIn(cases()), [](const auto& one) {
    return std::string(one.param.name);
});

TEST(Sanitize, WaitsForTheEndOfAHeadThatComesInPieces)
{
    const std::string head = get("/healthz") + "rest";
    for (std::size_t length = 0; length + 4 < head.size(); ++length) {
        const HeadScan scan =
            scan_head(std::string_view(head).substr(0, length), length == 0 ? 0 : length - 1);
        ASSERT_EQ(scan.length, 0U) << length;
        ASSERT_FALSE(scan.refusal) << length;
    }
    EXPECT_EQ(scan_head(head, 0).length, head.size() - 4);
}

TEST(Sanitize, DecodesTheTargetItLetsThrough)
{
    std::string path;
    Query query;
    EXPECT_FALSE(decode_target("/api/v1/series?topic=plant%2F%2B%2F%23&q=tank+1&flag&=x", path, query));
    EXPECT_EQ(path, "/api/v1/series");
    EXPECT_EQ(query.at("topic"), "plant/+/#");
    EXPECT_EQ(query.at("q"), "tank 1");
    EXPECT_EQ(query.at("flag"), "");
}

}  // namespace
}  // namespace tidegate::web
