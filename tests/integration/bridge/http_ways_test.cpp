// The ways that an HTTPS upstream can ask for: through a proxy, with our certificate, by HTTP/2; and Kafka's
// TLS, as far as a server that is no Kafka can show it.
#include "bridge/https_sink.hpp"
#include "bridge/influx_sink.hpp"
#include "bridge/kafka_sink.hpp"
#include "support/delivery.hpp"
#include "support/http_server.hpp"
#include "support/influx.hpp"
#include "support/nginx.hpp"
#include "support/web_proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::HttpReply;
using tests::HttpRequest;
using tests::HttpServer;

struct HttpWays : testing::Test {
    const tests::Certificate certificate;
    const tests::Records records{3};

    Result<> deliver(HttpPostOptions http, HttpsSinkOptions more = {}) const
    {
        more.http = std::move(http);
        if (more.http.ca_file.empty()) more.http.ca_file = certificate.file().string();
        return HttpsSink::make(std::move(more)).value()->deliver(records.delivery(), {});
    }
    static HttpServer::Behaviour accepting()
    {
        return [](const HttpRequest&) { return HttpReply::of("204 No Content"); };
    }
};

TEST_F(HttpWays, GoesThroughAnHttpProxyToAServerThatItTrustsAllTheSame)
{
    const tests::HttpProxy proxy;
    const HttpServer server(accepting(), &certificate);

    const auto delivered = deliver({.url = server.url(), .proxy = proxy.url()});

    ASSERT_TRUE(delivered) << delivered.error().what << proxy.log();
    EXPECT_EQ(server.requests().size(), 1);
    EXPECT_THAT(proxy.log(), HasSubstr("CONNECT 127.0.0.1:")) << "what is in it the proxy does not see";

    const tests::Certificate other;
    const auto refused =
        deliver({.url = server.url(), .ca_file = other.file().string(), .proxy = proxy.url()});
    EXPECT_FALSE(refused) << "a proxy vouches for nobody";
    EXPECT_EQ(server.requests().size(), 1);
}

TEST_F(HttpWays, GoesThroughASocksProxyThatLooksTheNameUp)
{
    const tests::SocksProxy proxy;
    const HttpServer server(accepting(), &certificate);
    auto url = server.url();
    url.replace(url.find("127.0.0.1"), 9, "localhost");

    const auto delivered = deliver({.url = url, .proxy = proxy.url()});

    ASSERT_TRUE(delivered) << delivered.error().what << proxy.log();
    EXPECT_EQ(server.requests().size(), 1);
    EXPECT_THAT(proxy.log(), HasSubstr("connected to localhost:")) << "the name went to the proxy";
}

TEST_F(HttpWays, IsUnavailableWhenItsProxyIsAway)
{
    const HttpServer server(accepting(), &certificate);
    const auto delivered = deliver({.url = server.url(), .proxy = "http://127.0.0.1:1"});
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(server.requests().empty()) << "and goes round it never";
}

TEST_F(HttpWays, ShowsItsCertificateToAServerThatAsksForOne)
{
    const tests::Certificate ours;
    const HttpServer behind(accepting());
    const tests::Nginx strict(
        certificate, behind.url(),
        {.defends = false,
         .server = "ssl_client_certificate " + ours.file().string() + ";\nssl_verify_client on;"});

    const auto without = deliver({.url = strict.url()});
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().kind, ErrorKind::denied) << without.error().what;
    EXPECT_TRUE(behind.requests().empty());

    const auto with = deliver(
        {.url = strict.url(), .certificate_file = ours.file().string(), .key_file = ours.key().string()});
    ASSERT_TRUE(with) << with.error().what;
    EXPECT_EQ(behind.requests().size(), 1);
}

TEST_F(HttpWays, SpeaksHttp2WhereTheServerOffersItByAlpnAndOverOneConnection)
{
    const HttpServer behind(accepting());
    const tests::Nginx cloud(certificate, behind.url(), {.defends = false});
    const tests::Records many(2000);
    auto delivery = many.delivery();
    delivery.part = 100;
    HttpsSinkOptions options{.http = {.url = cloud.url(), .ca_file = certificate.file().string()}};

    ASSERT_TRUE(HttpsSink::make(options).value()->deliver(delivery, {}));

    EXPECT_TRUE(cloud.has_answered("204 HTTP/2.0")) << cloud.answers();
    EXPECT_THAT(cloud.answers(), testing::Not(HasSubstr("HTTP/1")));
}

TEST_F(HttpWays, WritesToInfluxDbByHttp2)
{
    tests::Influx influx;
    influx.query("CREATE DATABASE plant");
    const tests::Nginx way(certificate, influx.url(), {.defends = false});
    auto url = way.url();
    url.resize(url.rfind('/'));
    InfluxSinkOptions options{.http = {.url = url, .ca_file = certificate.file().string()},
                              .database = "plant"};
    options.rules.measurement = SeriesPattern::parse("{topic}").value();

    const auto delivered = InfluxSink::make(std::move(options)).value()->deliver(records.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    EXPECT_TRUE(way.has_answered("204 HTTP/2.0")) << way.answers();
    EXPECT_THAT(influx.query("SELECT * FROM \"plant/boiler\""), HasSubstr("\"values\""));
}

// librdkafka's mock cluster has no TLS, so no record is delivered here: what is shown is that the server is
// looked at, and gets our certificate.
TEST(KafkaTls, ShowsItsCertificateToAServerThatAsksForOne)
{
    const tests::Certificate theirs, ours;
    const tests::TempDir dir;
    const auto port = tests::free_port();
    tests::Process server(
        {"openssl", "s_server", "-accept", std::to_string(port), "-cert", theirs.file().string(), "-key",
         theirs.key().string(), "-Verify", "1", "-CAfile", ours.file().string()},
        {.output = dir / "server.log", .input = "/dev/zero"});
    ASSERT_TRUE(tests::wait_until([&] { return server.output().find("ACCEPT") != std::string::npos; }));
    KafkaSinkOptions options{.url = "kafkas://127.0.0.1:" + std::to_string(port), .topic = "t"};
    options.ca_file = theirs.file().string();
    options.certificate_file = ours.file().string();
    options.key_file = ours.key().string();
    options.acknowledged_within = 3s;
    const tests::Records records(1);

    EXPECT_FALSE(KafkaSink::make(options).value()->deliver(records.delivery(), {})) << "it is no Kafka";

    // What the server says of the certificate that it was shown.
    EXPECT_THAT(server.output(), HasSubstr("depth=0 CN = tidegate test\nverify return:1"));
}

}  // namespace
}  // namespace tidegate::bridge
