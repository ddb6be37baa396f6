// What the limits of a configuration make of clients: small ones serve as well, and each refusal is counted.
#include "support/quiet_log.hpp"
#include "unit/web/server_fixture.hpp"

#include <sys/socket.h>

#include <chrono>

namespace tidegate::web {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct LimitsTest : ServerTest {
    void SetUp() override {}

    void start_with(const Limits& limits)
    {
        ServerOptions options;
        options.limits = limits;
        start(options);
    }
    std::uint64_t turned(Turned why)
    {
        return ask([this] { return server->counts(); }).turned[static_cast<std::size_t>(why)];
    }
    // Once, and nothing else with it.
    void expect_counted(Turned why, std::uint64_t times = 1)
    {
        EXPECT_TRUE(tests::wait_until([&] { return turned(why) >= times; }))
            << turned_names[static_cast<std::size_t>(why)];
        const auto all = ask([this] { return server->counts(); }).turned;
        for (std::size_t i = 0; i < all.size(); ++i)
            EXPECT_EQ(all[i], i == static_cast<std::size_t>(why) ? times : 0) << turned_names[i];
    }
    static std::string post(const std::string& body, const std::string& length)
    {
        return "POST /api/v1/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
               length + "\r\n" + body;
    }
    static std::string length_of(const std::string& body)
    {
        return "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
};

struct Small {
    const char* what;
    HeadLimits request;
};

// The smallest that the configuration takes, alone and together: less than what is read at a time.
TEST_F(LimitsTest, ServesAndRefusesInGoodOrderHoweverSmallTheyAre)
{
    constexpr std::size_t kib = 1024;
    for (const auto& [what, request] :
         {Small{"head", {kib, 64, 512, 64 * kib}}, Small{"fields", {8 * kib, 8, 512, 64 * kib}},
          Small{"target", {8 * kib, 64, 256, 64 * kib}}, Small{"body", {8 * kib, 64, 512, kib}},
          Small{"a body of 4 KiB", {8 * kib, 64, 512, 4 * kib}}, Small{"head and body", {kib, 64, 512, kib}},
          Small{"post", {8 * kib, 64, 512, 64 * kib, kib}}, Small{"all", {kib, 8, 256, kib, kib}}}) {
        tests::QuietLog log;
        Limits limits;
        limits.request = request;
        start_with(limits);
        {
            tests::RawClient pieces(server->port());
            for (int i = 0; i < 3; ++i) {
                pieces.send("GET /healthz HTT");
                std::this_thread::sleep_for(5ms);  // so that it comes in two
                pieces.send("P/1.1\r\nHost: localhost\r\n\r\n");
                EXPECT_EQ(pieces.answer().status, 200U) << what;
            }
            const std::string most(request.body, 'x');
            pieces.send(post(most.substr(0, 100), length_of(most)));
            std::this_thread::sleep_for(5ms);
            pieces.send(most.substr(100));
            EXPECT_EQ(pieces.answer().status, 400U) << what << ": it is no message, but was looked at";
        }
        const std::string large(200 * kib, 'x');
        tests::RawClient told(server->port());
        told.send(post(large, length_of(large)));
        EXPECT_EQ(told.answer().status, 413U) << what;
        EXPECT_TRUE(told.closed_by_peer());
        tests::RawClient long_head(server->port());
        long_head.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(request.head, 'a') +
                       "\r\n\r\n");
        EXPECT_EQ(long_head.answer().status, 431U) << what;
        stop();
        server.reset();
        io.restart();
        EXPECT_EQ(log.text().find("failed"), std::string::npos) << what << ":\n" << log.text();
    }
}

TEST_F(LimitsTest, CountWhoIsTooSlowOrSaysNothing)
{
    Limits limits;
    limits.head_time = limits.body_time = limits.idle_time = 150ms;
    start_with(limits);
    EXPECT_TRUE(client().closed_by_peer());
    expect_counted(Turned::slow);
    auto& part = client();
    part.send("GET / HT");
    EXPECT_TRUE(part.closed_by_peer());
    expect_counted(Turned::slow, 2);
    auto& body = client();
    body.send(post("x", "Content-Length: 100\r\n"));
    EXPECT_TRUE(body.closed_by_peer());
    expect_counted(Turned::slow, 3);
}

TEST_F(LimitsTest, CountConnectionsThatRestApartFromThoseThatAreRefused)
{
    Limits limits;
    limits.idle_time = 150ms;
    start_with(limits);
    auto& idle = client();
    EXPECT_EQ(idle.get("/healthz").status, 200U);
    EXPECT_TRUE(idle.closed_by_peer());
    expect_counted(Turned::idle);
}

TEST_F(LimitsTest, CountConnectionsThatHaveHadTheirShare)
{
    Limits limits;
    limits.requests_each = 2;
    start_with(limits);
    auto& http = client();
    EXPECT_EQ(http.get("/healthz").field("Connection"), "");
    EXPECT_EQ(http.get("/healthz").field("Connection"), "close");
    EXPECT_TRUE(http.closed_by_peer());
    expect_counted(Turned::requests_each);
}

TEST_F(LimitsTest, CountWhoTakesNoAnswer)
{
    Limits limits;
    limits.write_time = 150ms;
    start_with(limits);
    auto& http = client();
    const int small = 4096;
    ::setsockopt(http.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    std::string many;
    for (int i = 0; i < 30; ++i) many += "GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    http.send(many);
    expect_counted(Turned::slow);
}

TEST_F(LimitsTest, CountLiveClientsThatBreakTheRules)
{
    Limits limits;
    limits.live_message = 1024;
    limits.live = {2, 1, 3, 1s, 30s};
    start_with(limits);
    const std::string hello = R"({"k":"hello","v":1})";
    const auto code_after = [&](const std::vector<std::string>& texts) {
        tests::RawClient live(server->port());
        EXPECT_EQ(live.upgrade().status, 101U);
        for (const auto& text : texts) live.send_text(text);
        for (;;) {
            const auto message = live.message();
            if (message.opcode == 8 || message.opcode == 0) return message.close_code();
        }
    };
    EXPECT_EQ(code_after({hello, std::string(1100, ' ')}), 1009U);
    EXPECT_EQ(code_after({hello, R"({"k":"h"})", R"({"k":"h"})", R"({"k":"h"})"}), 1008U);
    EXPECT_EQ(code_after({"nonsense"}), 1008U);
    EXPECT_EQ(code_after({}), 1008U);
    EXPECT_TRUE(
        tests::wait_until([&] { return ask([this] { return server->live_facts(); }).web_sockets == 0; }));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client().upgrade().status, 101U);
    EXPECT_TRUE(
        tests::wait_until([&] { return ask([this] { return server->live_facts(); }).web_sockets == 2; }));
    EXPECT_EQ(code_after({}), 4429U);
    for (const auto why :
         {Turned::live_message, Turned::live_rate, Turned::live_malformed, Turned::live_hello, Turned::live})
        EXPECT_TRUE(tests::wait_until([&] { return turned(why) >= 1; }))
            << turned_names[static_cast<std::size_t>(why)];
}

TEST_F(LimitsTest, CountWhatWouldWaitTooLong)
{
    Limits limits;
    limits.queries = 1;
    limits.exports = 0;
    limits.request.post = 1024;
    start_with(limits);
    EXPECT_EQ(client().get("/api/v1/export?format=csv&series=1").status, 503U);
    expect_counted(Turned::exports);
    std::vector<tests::RawClient*> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(&client());
        all.back()->send("GET /api/v1/series HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    std::uint64_t busy = 0;
    for (auto* one : all) {
        const auto answer = one->answer();
        busy += answer.status == 503 ? 1 : 0;
        if (answer.status == 503) {
            EXPECT_NE(answer.body.find("queries"), std::string::npos);
        }
    }
    EXPECT_EQ(turned(Turned::queries), busy);
    EXPECT_GT(busy, 0U);
    // Sixteen of the largest are being read; one more is asked to come again.
    for (int i = 0; i < 16; ++i)
        client().send("POST /write?db=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1024\r\n\r\nx");
    EXPECT_TRUE(tests::wait_until([&] {
        auto& more = client();
        more.send("POST /write?db=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1024\r\n\r\n" +
                  std::string(1024, 'x'));
        return turned(Turned::posts) > 0;
    }));
}

}  // namespace
}  // namespace tidegate::web
