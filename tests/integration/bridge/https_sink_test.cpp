#include "bridge/https_sink.hpp"

#include "support/delivery.hpp"
#include "support/gunzip.hpp"
#include "support/http_server.hpp"
#include "support/port.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <condition_variable>
#include <ctime>
#include <thread>
#include <tuple>
#include <zstd.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using tests::HttpReply;
using tests::HttpRequest;
using tests::HttpServer;

const tests::Certificate& certificate()
{
    static const tests::Certificate made;
    return made;
}

HttpServer::Behaviour always(const HttpReply& reply)
{
    return [reply](const HttpRequest&) { return reply; };
}

struct HttpsSinkTest : testing::Test {
    tests::Records records{3};

    static std::unique_ptr<HttpsSink> sink_to(const std::string& url)
    {
        return HttpsSink::make({.http = {.url = url, .ca_file = certificate().file().string()}}).value();
    }
    Result<> deliver(HttpsSink& sink) const { return sink.deliver(records.delivery(), {}); }
    Result<> deliver_to(HttpServer& server) const { return deliver(*sink_to(server.url())); }
    Result<> answered(const HttpReply& reply) const
    {
        HttpServer server(always(reply));
        return deliver_to(server);
    }
};

TEST_F(HttpsSinkTest, PostsGzippedJsonOverTls)
{
    HttpServer server(always(HttpReply::of("200 OK")), &certificate());

    const auto delivered = deliver_to(server);

    ASSERT_TRUE(delivered) << delivered.error().what;
    ASSERT_EQ(server.requests().size(), 1);
    const auto request = server.requests()[0];
    EXPECT_EQ(request.line, "POST /up HTTP/1.1");
    EXPECT_EQ(request.header("content-type"), "application/json");
    EXPECT_EQ(request.header("content-encoding"), "gzip");
    EXPECT_EQ(request.header("idempotency-key"), "pi-1/000000000000b7c1/1-3");
    EXPECT_EQ(request.header("authorization"), "");
    const auto body = json::parse(tests::gunzip(request.body));
    EXPECT_EQ(body["gateway"], "pi-1");
    ASSERT_EQ(body["records"].size(), 3);
    EXPECT_EQ(body["records"][2]["seq"], 3);
    EXPECT_EQ(body["records"][2]["topic"], "plant/boiler");
}

TEST_F(HttpsSinkTest, PostsCborCompressedByZstdWhenAskedTo)
{
    HttpServer server(always(HttpReply::of("200 OK")));
    HttpsSinkOptions options{.http = {.url = server.url()}};
    options.payload.format = PayloadFormat::cbor;
    options.compression = Compression::zstd;

    ASSERT_TRUE(deliver(*HttpsSink::make(options).value()));

    const auto request = server.requests()[0];
    EXPECT_EQ(request.header("content-type"), "application/cbor");
    EXPECT_EQ(request.header("content-encoding"), "zstd");
    std::string plain(100'000, '\0');
    const auto size = ::ZSTD_decompress(plain.data(), plain.size(), request.body.data(), request.body.size());
    ASSERT_EQ(::ZSTD_isError(size), 0U);
    plain.resize(size);
    EXPECT_EQ(json::from_cbor(plain)["records"][2]["seq"], 3);
}

TEST_F(HttpsSinkTest, PostsPlainSenmlWhenAskedTo)
{
    HttpServer server(always(HttpReply::of("200 OK")));
    HttpsSinkOptions options{.http = {.url = server.url()}};
    options.payload.format = PayloadFormat::senml;
    options.compression = Compression::none;

    ASSERT_TRUE(deliver(*HttpsSink::make(options).value()));

    const auto request = server.requests()[0];
    EXPECT_EQ(request.header("content-type"), "application/senml+json");
    EXPECT_EQ(request.header("content-encoding"), "");
    EXPECT_EQ(json::parse(request.body)[0]["n"], "plant/boiler/temperature");
}

TEST_F(HttpsSinkTest, StaysAwayUntilTheDateThatItIsTold)
{
    const auto then = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + 100s);
    std::tm utc{};
    ::gmtime_r(&then, &utc);
    std::array<char, 64> date{};
    std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    for (const auto& [told, least, most] :
         std::vector<std::tuple<std::string, std::chrono::seconds, std::chrono::seconds>>{
             {date.data(), 80s, 101s}, {"1000000000000", 300s, 300s}, {"soon", 0s, 0s}, {"-5", 0s, 0s}}) {
        HttpServer server(always(HttpReply::of("429 Too Many Requests", "Retry-After: " + told + "\r\n")));
        const auto sink = sink_to(server.url());
        ASSERT_FALSE(deliver(*sink));
        EXPECT_GE(sink->retry_after(), least) << told;
        EXPECT_LE(sink->retry_after(), most) << told;
    }
}

TEST_F(HttpsSinkTest, CutsHeadersThatDoNotEnd)
{
    std::string endless = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 100'000; ++i) endless += "X-More: " + std::to_string(i) + "\r\n";
    const auto delivered = answered({endless, HttpReply::Then::go_on_for_ever});
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
}

TEST_F(HttpsSinkTest, KeepsItsConnection)
{
    HttpServer server(always(HttpReply::of("204 No Content")), &certificate());
    const auto sink = sink_to(server.url());

    for (int i = 0; i < 3; ++i) ASSERT_TRUE(deliver(*sink));

    EXPECT_EQ(server.requests().size(), 3);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpsSinkTest, ShowsItsToken)
{
    HttpServer server(always(HttpReply::of("200 OK")));
    const auto sink = HttpsSink::make({.http = {.url = server.url()}, .token = "abc123"}).value();

    ASSERT_TRUE(deliver(*sink));

    EXPECT_EQ(server.requests()[0].header("authorization"), "bearer abc123");
}

TEST_F(HttpsSinkTest, StaysAwayWhenAskedTo)
{
    HttpServer server([answers = 0](const HttpRequest&) mutable {
        return ++answers == 1 ? HttpReply::of("503 Busy", "Retry-After: 7\r\n") : HttpReply::of("200 OK");
    });
    const auto sink = sink_to(server.url());

    const auto delivered = deliver(*sink);

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(sink->retry_after(), 7s);
    ASSERT_TRUE(deliver(*sink));
    EXPECT_EQ(sink->retry_after(), 0s);
}

TEST_F(HttpsSinkTest, SaysThatARefusedDeliveryIsInvalid)
{
    const auto delivered = answered(HttpReply::of("400 Bad Request", "", "unknown topic"));
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::invalid);
    EXPECT_THAT(delivered.error().what, HasSubstr("unknown topic"));
}

TEST_F(HttpsSinkTest, SaysThatRefusedCredentialsAreDenied)
{
    EXPECT_EQ(answered(HttpReply::of("401 Unauthorized")).error().kind, ErrorKind::denied);
}

TEST_F(HttpsSinkTest, RefusesACertificateThatItDoesNotTrust)
{
    const tests::Certificate other;
    HttpServer server(always(HttpReply::of("200 OK")), &other);

    const auto delivered = deliver_to(server);

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(delivered.error().what, HasSubstr("certificate"));
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpsSinkTest, DoesNotFollowARedirect)
{
    HttpServer elsewhere(always(HttpReply::of("200 OK")));
    HttpServer server(
        always(HttpReply::of("307 Temporary Redirect", "Location: " + elsewhere.url() + "\r\n")));

    const auto delivered = deliver_to(server);

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(delivered.error().what, HasSubstr(elsewhere.url()));
    EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(HttpsSinkTest, DoesNotTakeALoginPageForAnAcknowledgement)
{
    const auto delivered =
        answered(HttpReply::of("200 OK", "Content-Type: text/html\r\n", "<h1>Free WiFi</h1>"));
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
}

TEST_F(HttpsSinkTest, CutsAnAnswerThatDoesNotEnd)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto delivered = answered({"HTTP/1.1 200 OK\r\n\r\n", HttpReply::Then::go_on_for_ever});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(HttpsSinkTest, DoesNotCountARequestWhoseConnectionBrokeBeforeTheAnswer)
{
    for (const auto then : {HttpReply::Then::reset, HttpReply::Then::close}) {
        const auto delivered = answered({"", then});
        ASSERT_FALSE(delivered);
        EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    }
}

TEST_F(HttpsSinkTest, DoesNotCountAnAnswerThatIsCutOff)
{
    const auto delivered =
        answered({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", HttpReply::Then::close});
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
}

TEST_F(HttpsSinkTest, SaysThatNobodyListens)
{
    const auto sink = sink_to("http://127.0.0.1:" + std::to_string(tests::free_port()) + "/up");
    EXPECT_EQ(deliver(*sink).error().kind, ErrorKind::unavailable);
}

TEST_F(HttpsSinkTest, GivesUpOnAServerThatDoesNotAnswer)
{
    std::atomic<bool> over = false;
    HttpServer server([&](const HttpRequest&) {
        tests::wait_until([&] { return over.load(); }, 30s);
        return HttpReply::of("200 OK");
    });
    const auto sink = HttpsSink::make({.http = {.url = server.url(), .answered_within = 200ms}}).value();

    EXPECT_EQ(deliver(*sink).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(sink->reopened(), 1);
    over = true;
}

TEST_F(HttpsSinkTest, StopsWhileItWaitsForAnAnswer)
{
    std::atomic<bool> over = false;
    HttpServer server([&](const HttpRequest&) {
        tests::wait_until([&] { return over.load(); }, 30s);
        return HttpReply::of("200 OK");
    });
    const auto sink = sink_to(server.url());
    std::stop_source stop;
    std::jthread stopper([&] {
        tests::wait_until([&] { return !server.requests().empty(); });
        stop.request_stop();
    });

    const auto begin = std::chrono::steady_clock::now();
    const auto delivered = sink->deliver(records.delivery(), stop.get_token());

    EXPECT_FALSE(delivered);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
    over = true;
}

TEST(HttpsSink, RefusesWhatIsNoHttpUrl)
{
    for (const auto* wrong : {"", "ftp://host/", "file:///etc/passwd", "https://", "not a url"}) {
        const auto sink = HttpsSink::make({.http = {.url = wrong}});
        ASSERT_FALSE(sink) << wrong;
        EXPECT_EQ(sink.error().kind, ErrorKind::invalid);
    }
    EXPECT_FALSE(HttpsSink::make({.http = {.url = "https://host"}, .token = "a\r\nX-Evil: 1"}));
}

TEST(HttpsSink, ShowsItsUrlWithoutSecrets)
{
    const auto sink = HttpsSink::make({.http = {.url = "https://me:secret@host:8443/up?key=secret"}}).value();
    EXPECT_EQ(sink->url(), "https://host:8443/up");
    EXPECT_EQ(sink->kind(), "https");
}

}  // namespace
}  // namespace tidegate::bridge
