#include "base/whole_file.hpp"
#include "unit/web/server_fixture.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

namespace tidegate::web {
namespace {

using tests::RawClient;

struct SecureServerTest : ServerTest {
    void SetUp() override
    {
        std::signal(SIGPIPE, SIG_IGN);
        options.tls = TlsOptions{directory / "tls", {}, {}, {}};
        options.limits.head_time = std::chrono::milliseconds(500);
        start(options);
    }

    RawClient::Tls trusted() const { return {directory / "tls/ca.crt"}; }
    RawClient& secure(const RawClient::Tls& tls)
    {
        return *clients.emplace_back(std::make_unique<RawClient>(server->port(), tls));
    }
    RawClient& secure() { return secure(trusted()); }
    std::uint64_t turned(Turned why)
    {
        return ask([this] { return server->counts(); }).turned[static_cast<std::size_t>(why)];
    }

    ServerOptions options;
};

TEST_F(SecureServerTest, SpeaksTlsToWhoeverTrustsItsAuthority)
{
    auto& https = secure();
    const auto answer = https.get("/healthz");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.field("Strict-Transport-Security"), "") << "its users could not go back";
    EXPECT_EQ(std::string(::SSL_get_version(https.tls())), "TLSv1.3");
    EXPECT_EQ(https.get("/api/v1/gateway").status, 200U) << "a second request on it";
    EXPECT_EQ(ask([this] { return server->certificate(); })->own, true);
}

TEST_F(SecureServerTest, SpeaksPlainHttpBesideItOnTheSamePort)
{
    auto& http = client();
    EXPECT_EQ(http.get("/healthz").status, 200U);
    const auto authority = http.get("/ca.crt");
    EXPECT_EQ(authority.status, 200U);
    EXPECT_EQ(authority.field("Content-Type"), "application/x-x509-ca-cert");
    EXPECT_EQ(authority.body, *read_whole_file(directory / "tls/ca.crt"));
    EXPECT_EQ(http.get("/api/v1/gateway").status, 200U) << "from the loopback, as tidegate status asks";
}

TEST_F(SecureServerTest, SpeaksNoOldVersionAndNoOtherProtocol)
{
    EXPECT_EQ(std::string(::SSL_get_version(secure({trusted().trusted, TLS1_2_VERSION}).tls())), "TLSv1.2");
    EXPECT_THROW(secure({trusted().trusted, TLS1_1_VERSION}), std::runtime_error);
    EXPECT_THROW(secure({trusted().trusted, 0, "h2"}), std::runtime_error);
    EXPECT_EQ(secure({trusted().trusted, 0, "http/1.1"}).get("/healthz").status, 200U);
    EXPECT_TRUE(tests::wait_until([this] { return turned(Turned::tls) >= 2; }));
}

TEST_F(SecureServerTest, ResumesSessions)
{
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto& first = secure({trusted().trusted, version});
        EXPECT_EQ(first.get("/healthz").status, 200U);  // by then the tickets have come
        auto* session = ::SSL_get1_session(first.tls());
        auto& second = secure({trusted().trusted, version, {}, session});
        EXPECT_EQ(second.get("/healthz").status, 200U);
        EXPECT_EQ(::SSL_session_reused(second.tls()), 1) << version;
        ::SSL_SESSION_free(session);
    }
}

TEST_F(SecureServerTest, CarriesTheLiveViewAndLongAnswers)
{
    const auto id = series("plant/tank");
    hear(id, 21.5, 1'700'000'000'000);
    auto& live = secure();
    ASSERT_EQ(live.upgrade("Origin: https://localhost:" + std::to_string(server->port()) + "\r\n").status,
              101U);
    live.send_text(R"({"k":"hello","v":1})");
    EXPECT_THAT(live.message().payload, testing::HasSubstr("welcome"));
    for (int i = 0; i < 5; ++i) live.send_frame(0x89, "ping");
    int pongs = 0;
    for (int i = 0; i < 50 && pongs < 5; ++i) pongs += live.message().opcode == 10 ? 1 : 0;
    EXPECT_EQ(pongs, 5);

    auto& https = secure();
    https.send(
        "POST /api/v1/upstreams/retry?id=cloud HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" +
        std::string(60'000, 'x'));
    EXPECT_LT(https.answer().status, 300U) << "a body of several records";
    std::string many;
    for (int i = 0; i < 300; ++i) many += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    https.send(many);
    for (int i = 0; i < 300; ++i) ASSERT_EQ(https.answer().status, 200U) << i;
}

TEST_F(SecureServerTest, EndsAHandshakeThatDoesNotEnd)
{
    auto& http = client();
    http.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
    EXPECT_TRUE(http.closed_by_peer());
    auto& garbage = client();
    garbage.send("\x16" + std::string(300, 'x'));
    EXPECT_EQ(garbage.answer().status, 0U);
    EXPECT_TRUE(tests::wait_until([this] { return turned(Turned::tls) >= 2; }));
    EXPECT_EQ(secure().get("/healthz").status, 200U);
}

TEST_F(SecureServerTest, StopsWithSecureConnectionsOpen)
{
    EXPECT_EQ(secure().get("/healthz").status, 200U);
    ASSERT_EQ(secure().upgrade().status, 101U);
    const auto began = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
}

struct CrampedServerTest : ServerTest {};

// Without a descriptor left nobody new is served, and the processor is left alone; then it goes on.
TEST_F(CrampedServerTest, RestsWithoutDescriptorsAndGoesOn)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_EQ(client().get("/healthz").status, 200U);
    std::vector<std::unique_ptr<RawClient>> more;
    for (int i = 0; i < 4; ++i) more.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(tests::wait_until([this] { return ask([this] { return server->counts(); }).open == 5; }));
    more.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(tests::wait_until([this] { return ask([this] { return server->counts(); }).open == 6; }));
    // As many as there are, and one for the client's own end of the next connection.
    const rlimit none{
        static_cast<rlim_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {})),
        before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    RawClient waiting(server->port());
    const bool paused =
        tests::wait_until([this] { return ask([this] { return server->counts(); }).paused > 0; });
    const auto pauses = ask([this] { return server->counts(); }).paused;
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(paused);
    EXPECT_LT(pauses, 5U) << "it would spin";
    EXPECT_EQ(waiting.get("/healthz").status, 200U);
}

}  // namespace
}  // namespace tidegate::web
