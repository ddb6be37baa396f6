#include "unit/web/server_fixture.hpp"

namespace tidegate::web {
namespace {

// Through the real sockets: each gets its answer, and the connection is closed behind it.
TEST_F(ServerTest, RefusesAmbiguousRequestsAndCloses)
{
    const std::string line = "POST /api/v1/upstreams/retry?id=cloud HTTP/1.1\r\n";
    const std::string host = "Host: localhost\r\n";
    struct Case {
        std::string bytes;
        unsigned status;
    };
    const std::vector<Case> cases{
        {line + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {line + host + "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {line + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {line + host + "Content-Length: 5, 5\r\n\r\nhello", 400},
        {line + host + "X: a\r\n b\r\n\r\n", 400},
        {line + "\r\n", 400},
        {line + host + host + "\r\n", 400},
        {"GET http://localhost/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /%2e%2e%2fetc/passwd HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /\xC3\xA4 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(9000, 'a') + "\r\n\r\n", 431},
        {std::string(1000, 'A') + " / HTTP/1.1\r\n" + host + "\r\n", 400},
        {line + host + "Content-Length: 9223372036854775808\r\n\r\n", 413},
        {line + host + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(16 * 1024, 'x') +
             "\r\nhello\r\n0\r\n\r\n",
         400},
        {line + host + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
        {line + host + "Transfer-Encoding: chunked\r\n\r\n11170\r\n" + std::string(70'000, 'x') +
             "\r\n0\r\n\r\n",
         413},
        {line + host + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415},
        {"TRACE / HTTP/1.1\r\n" + host + "\r\n", 405},
        {"\x16\x03\x01\x02", 400},
        {"GET / HTTP/1.1\nHost: localhost\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
    };
    for (const auto& [bytes, status] : cases) {
        auto& http = client();
        http.send(bytes);
        const auto answer = http.answer();
        EXPECT_EQ(answer.status, status) << bytes.substr(0, 120);
        EXPECT_EQ(answer.field("Connection"), "close") << bytes.substr(0, 120);
        EXPECT_TRUE(http.closed_by_peer()) << bytes.substr(0, 120);
    }
    EXPECT_TRUE(retries().empty());
}

TEST_F(ServerTest, AnswersToTheNamesOfTheLoopback)
{
    for (const auto* host : {"localhost", "127.0.0.1:9", "[::1]:80"}) {
        auto& http = client();
        http.send("GET /healthz HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
        EXPECT_EQ(http.answer().status, 200U) << host;
    }
}

TEST_F(ServerTest, BoundsAPipelineOfRequests)
{
    auto& http = client();
    std::string many;
    for (int i = 0; i < 1500; ++i) many += "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::thread sender([&] { http.send(many); });
    int answered = 0;
    while (http.answer().status == 200) ++answered;
    sender.join();
    EXPECT_EQ(answered, 1000);
}

TEST_F(ServerTest, RefusesALiveClientFromAnotherPage)
{
    for (const auto* origin : {"https://evil", "null", "http://localhost.evil", "http://localhost:1"}) {
        auto& live = client();
        EXPECT_EQ(live.upgrade("Origin: " + std::string(origin) + "\r\n").status, 403U) << origin;
        EXPECT_TRUE(live.closed_by_peer());
    }
    EXPECT_EQ(client().upgrade("Origin: http://localhost:" + std::to_string(server->port()) + "\r\n").status,
              101U);
}

struct Attack {
    const char* what;
    unsigned first_byte;
    std::string payload;
    bool masked;
    unsigned close_code;
};

TEST_F(ServerTest, ClosesALiveClientThatBreaksTheProtocol)
{
    for (const auto& attack :
         {Attack{"an unmasked frame", 0x81, "{}", false, 1002},
          Attack{"a reserved bit", 0xC1, "{}", true, 1002},
          Attack{"an unknown opcode", 0x83, "{}", true, 1002},
          Attack{"a long ping", 0x89, std::string(126, 'a'), true, 1002},
          Attack{"a fragmented ping", 0x09, "a", true, 1002},
          Attack{"a close frame of one byte", 0x88, "a", true, 1002},
          Attack{"a text that is no UTF-8", 0x81, "\xFF\xFE", true, 1007},
          Attack{"a message beyond 16 KiB", 0x81, std::string(17'000, ' '), true, 1009},
          Attack{"a hello of another version", 0x81, R"({"k":"hello","v":2})", true, 1008},
          Attack{"binary", 0x82, R"({"k":"hello","v":1})", true, 1008},
          Attack{"nonsense", 0x81, "nonsense", true, 1008}}) {
        auto& live = client();
        ASSERT_EQ(live.upgrade().status, 101U);
        live.send_frame(attack.first_byte, attack.payload, attack.masked);
        EXPECT_EQ(live.message().close_code(), attack.close_code) << attack.what;
        clients.pop_back();
    }
    const auto all_gone = [this] { return ask([this] { return server->live_facts().web_sockets; }) == 0; };
    EXPECT_TRUE(tests::wait_until(all_gone));
}

}  // namespace
}  // namespace tidegate::web
