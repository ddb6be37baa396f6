// The attack list, HTTP: each entry is the bytes that are sent and what must come back, over real sockets to
// the real daemon, in plain and through TLS.
#include "integration/attack/attack_fixture.hpp"

#include <sys/socket.h>

#include <chrono>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Entry {
    std::string what;
    std::string bytes;
    unsigned status;     // of the first answer
    bool closes = true;  // and then the connection ends
};

const std::string host = "Host: localhost\r\n";
const std::string post = "POST /api/v1/upstreams/retry?id=cloud HTTP/1.1\r\n" + host;

std::string get(const std::string& target, const std::string& fields = "")
{
    return "GET " + target + " HTTP/1.1\r\n" + host + fields + "\r\n";
}

std::string fields(int count)
{
    std::string many;
    for (int i = 0; i < count; ++i) many += "X" + std::to_string(i) + ": y\r\n";
    return many;
}

// Smuggling: two readers of one connection must not disagree where a request ends.
std::vector<Entry> framing()
{
    return {
        {"CL.TE", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x", 400},
        {"TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n", 400},
        {"an unknown coding", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
        {"chunked, then another", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400},
        {"a coding before chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"two codings' fields", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
         400},
        {"a coding with a tab", post + "Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n", 400},
        {"a vertical tab before chunked",
         post + "Transfer-Encoding: \x0B"
                "chunked\r\n\r\n",
         400},
        {"a coding's space before its colon", post + "Transfer-Encoding : chunked\r\n\r\n", 400},
        {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"a list of lengths", post + "Content-Length: 5, 5\r\n\r\nhello", 400},
        {"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
        {"two lengths that agree", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"a signed length", post + "Content-Length: +5\r\n\r\nhello", 400},
        {"a negative length", post + "Content-Length: -1\r\n\r\n", 400},
        {"a length in hex", post + "Content-Length: 0x5\r\n\r\nhello", 400},
        {"an empty length", post + "Content-Length: \r\n\r\n", 400},
        {"a length of 2^63", post + "Content-Length: 9223372036854775808\r\n\r\n", 413},
        {"a length of 2^64 + 5", post + "Content-Length: 18446744073709551621\r\n\r\n", 413},
        {"a length of 1 GiB", post + "Content-Length: 1073741824\r\n\r\n", 413},
        {"a chunk of 2^68", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
        {"a chunk's size that is none", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"a chunk's extension of 16 KiB",
         post + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(16 * 1024, 'x') +
             "\r\nhello\r\n0\r\n\r\n",
         400},
        {"chunks of 70 KB in all",
         post + "Transfer-Encoding: chunked\r\n\r\n11170\r\n" + std::string(70'000, 'x') + "\r\n0\r\n\r\n",
         413},
        {"a chunk without its line end", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
         400},
        {"a bare line feed", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
        {"a bare carriage return", get("/", "X: a\rb\r\n"), 400},
        {"a folded field", get("/", "X: a\r\n b\r\n"), 400},
        {"a NUL in a field", get("/", std::string("X: a\0b\r\n", 8)), 400},
        {"a field without a colon", get("/", "nothing\r\n"), 400},
        {"a field without a name", get("/", ": a\r\n"), 400},
        {"a body that is packed", post + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415},
        {"another expectation", post + "Expect: 200-ok\r\nContent-Length: 1\r\n\r\nx", 417},
    };
}

std::vector<Entry> targets()
{
    return {
        {"absolute form", "GET http://localhost/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"absolute form of another host", "GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"authority form", "CONNECT localhost:80 HTTP/1.1\r\n" + host + "\r\n", 405},
        {"the asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
        {"dots", get("/../../etc/passwd"), 400},
        {"dots inside", get("/assets/../../etc/passwd"), 400},
        {"escaped dots", get("/%2e%2e%2fetc/passwd"), 400},
        {"dots escaped twice", get("/%252e%252e/etc/passwd"), 404, false},
        {"escaped dots, mixed", get("/.%2e/.%2E/etc/passwd"), 400},
        {"one dot", get("/./"), 400},
        {"a backslash", get("/..%5c..%5cetc"), 400},
        {"a NUL", get("/%00"), 400},
        {"a NUL behind a good name", get("/index.html%00.js"), 400},
        {"an escaped line end", get("/%0d%0aSet-Cookie:%20a=b"), 400},
        {"a broken escape", get("/%zz"), 400},
        {"a cut escape", get("/%2"), 400},
        {"overlong UTF-8 of a slash", get("/..%c0%af..%c0%afetc"), 404, false},
        {"bytes beyond ASCII", get("/\xC3\xA4"), 400},
        {"two slashes", get("//etc/passwd"), 404, false},
        {"a fragment", get("/#a"), 400},
        {"no slash", get("etc/passwd"), 400},
        {"a file of /proc", get("/proc/self/environ"), 404, false},
        {"a long target", get("/" + std::string(3000, 'a')), 414},
        {"a parameter twice", get("/api/v1/series?limit=1&limit=2"), 400},
        {"a redirect to elsewhere", get("//evil.example/%2f.."), 400},
    };
}

std::vector<Entry> heads()
{
    return {
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
        {"a stranger's host", "GET /api/v1/gateway HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
        {"a stranger's host that begins like ours", "GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n",
         421},
        {"a stranger's host that looks like an address",
         "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 421},
        {"a host with a user", "GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n", 400},
        {"a host with a path", "GET / HTTP/1.1\r\nHost: localhost/evil\r\n\r\n", 400},
        {"a host with a port that is none", "GET / HTTP/1.1\r\nHost: localhost:80x\r\n\r\n", 400},
        {"an empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
        {"a header of 9 KiB", get("/", "X: " + std::string(9 * 1024, 'a') + "\r\n"), 431},
        {"1,100 small fields", get("/", fields(1100)), 431},
        {"65 fields", get("/", fields(64)), 431},
        {"a method of 1,000 letters", std::string(1000, 'A') + " / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"a method with a bracket", "G[T / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", 405},
        {"DELETE of a page", "DELETE / HTTP/1.1\r\n" + host + "\r\n", 405, false},
        {"PUT of a page", "PUT /index.html HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", 405, false},
        {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"HTTP/0.9", "GET /\r\n\r\n", 400},
        {"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 400},
        {"an upgrade to h2c",
         get("/healthz", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
         200, false},
        {"an empty line first", "\r\n" + get("/"), 400},
        {"1,000 ranges",
         get(
             "/", "Range: bytes=" +
                      [] {
                          std::string many = "0-0";
                          for (int i = 0; i < 1000; ++i) many += ",1-1";
                          return many;
                      }() +
                      "\r\n"),
         200, false},
        {"a range beyond the end", get("/", "Range: bytes=99999999-\r\n"), 200, false},
        {"a foreign page's post", post + "Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n", 403},
        {"a post of the null origin", post + "Origin: null\r\nContent-Length: 0\r\n\r\n", 403},
        {"a post from another port", post + "Origin: http://localhost:1\r\nContent-Length: 0\r\n\r\n", 403},
        {"a post that the browser calls foreign",
         post + "Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n", 403},
        {"a form's post",
         "POST /api/v1/commands HTTP/1.1\r\n" + host +
             "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
         415, false},
        {"a spoofed address", get("/healthz", "X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\n"), 200,
         false},
    };
}

std::vector<Entry> questions()
{
    return {
        {"a limit of 1e9", get("/api/v1/series?limit=1000000000"), 400, false},
        {"a limit that is no number", get("/api/v1/series?limit=1e9"), 400, false},
        {"a negative limit", get("/api/v1/series?limit=-1"), 400, false},
        {"a filter that is none", get("/api/v1/series?topic=%23/a"), 400, false},
        {"a range that runs backwards", get("/api/v1/history?series=1&from=2&to=1"), 400, false},
        {"no points", get("/api/v1/history?series=1&points=0"), 400, false},
        {"points without end", get("/api/v1/history?series=1&points=99999999999"), 400, false},
        {"a time of 2^64", get("/api/v1/history?series=1&from=18446744073709551616"), 400, false},
        {"series that are none", get("/api/v1/history?series=1,x"), 400, false},
        {"an export of nothing", get("/api/v1/export?series=&format=csv"), 400, false},
        {"an export as something else", get("/api/v1/export?series=1&format=exe"), 400, false},
        {"an endpoint that is none", get("/api/v1/none"), 404, false},
        {"a token in the target", get("/healthz?token=tg_secret"), 200, false},
    };
}

class HttpAttack : public Attacked {
protected:
    void run(const std::vector<Entry>& table)
    {
        for (const auto way : {Way::plain, Way::tls}) {
            for (const auto& entry : table) {
                ++entries;
                const auto from = client(way);
                from->send(entry.bytes);
                const auto answer = from->answer(!entry.bytes.starts_with("HEAD"));
                EXPECT_EQ(answer.status, entry.status) << name_of(way) << ": " << entry.what << "\n"
                                                       << answer.body;
                EXPECT_EQ(answer.body.find("root:"), std::string::npos) << entry.what;
                EXPECT_NE(answer.head.find("Content-Security-Policy: default-src 'none'"), std::string::npos)
                    << entry.what;
                if (!entry.closes) continue;
                EXPECT_EQ(answer.field("Connection"), "close") << name_of(way) << ": " << entry.what;
                EXPECT_TRUE(from->closed_by_peer()) << name_of(way) << ": " << entry.what;
            }
        }
    }

    // Until the peer closes it; no more than `most`.
    static Clock::duration until_closed(RawClient& one)
    {
        const auto began = Clock::now();
        EXPECT_TRUE(one.closed_by_peer());
        return Clock::now() - began;
    }
};

TEST_F(HttpAttack, Framing)
{
    run(framing());
}

TEST_F(HttpAttack, Targets)
{
    run(targets());
}

TEST_F(HttpAttack, Heads)
{
    run(heads());
}

TEST_F(HttpAttack, Questions)
{
    run(questions());
}

// Each of them slow in its own way, many at a time; meanwhile others are served as ever, and then they are
// cut.
TEST_F(HttpAttack, SlowOnes)
{
    const std::vector<std::pair<const char*, std::string>> ways{
        {"nothing at all", ""},
        {"a head that does not end", "GET / HTTP/1.1\r\n" + host + "X: "},
        {"a body that does not come", post + "Content-Length: 1000\r\n\r\nx"},
        {"an expectation and silence", post + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"},
        {"a chunk that does not end", post + "Transfer-Encoding: chunked\r\n\r\n100\r\nx"},
        {"the second request's head", get("/healthz") + "GET / HT"},
    };
    const auto before = resident_kib();
    std::vector<std::unique_ptr<RawClient>> slow;
    for (const auto& [what, bytes] : ways)
        for (const auto way : {Way::plain, Way::tls})
            for (int i = 0; i < 25; ++i) {
                slow.push_back(client(way));
                slow.back()->send(bytes);
            }
    entries += static_cast<int>(ways.size()) * 2;
    for (int i = 0; i < 20; ++i) {
        const auto began = Clock::now();
        EXPECT_EQ(client(Way::tls)->get("/healthz").status, 200U);
        EXPECT_LT(Clock::now() - began, 1s) << "others wait for the slow ones";
    }
    const auto began = Clock::now();
    for (const auto& one : slow) {
        while (one->answer().status != 0) {
        }
    }
    EXPECT_LT(Clock::now() - began, 8s);
    EXPECT_LT(resident_kib(), before + 20 * 1024);
    EXPECT_GT(refused("slow"), 0U);
}

// A drop at a time: the deadline is of the whole head and does not begin anew with each byte.
TEST_F(HttpAttack, ADropAtATime)
{
    ++entries;
    const auto one = client(Way::plain);
    const auto began = Clock::now();
    const auto bytes = get("/", fields(40));
    std::size_t sent = 0;
    for (; sent < bytes.size() && Clock::now() - began < 10s; ++sent) {
        one->send(bytes.substr(sent, 1));
        char byte = 0;
        if (::recv(one->socket(), &byte, 1, MSG_DONTWAIT) == 0) break;
        std::this_thread::sleep_for(50ms);
    }
    EXPECT_LT(Clock::now() - began, 5s);
    EXPECT_LT(sent, bytes.size());
}

// Asks for much and reads nothing of it: its answers wait in the kernel, not in us, and then it is cut.
TEST_F(HttpAttack, SlowReaders)
{
    const auto before = resident_kib();
    std::vector<std::unique_ptr<RawClient>> readers;
    std::string many;
    for (int i = 0; i < 900; ++i) many += get("/metrics");
    for (const auto way : {Way::plain, Way::tls})
        for (int i = 0; i < 20; ++i) {
            ++entries;
            readers.push_back(client(way));
            const int small = 4096;
            ::setsockopt(readers.back()->socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
            const timeval soon{0, 50'000};
            ::setsockopt(readers.back()->socket(), SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
            readers.back()->send(many);
        }
    EXPECT_EQ(client(Way::tls)->get("/healthz").status, 200U);
    EXPECT_LT(resident_kib(), before + 30 * 1024);
    const bool cut = wait_until(
        [] {
            const auto text = gateway->get("/metrics");
            const auto at = text.find("\ntidegate_web_connections ");
            std::this_thread::sleep_for(100ms);
            return std::stod(text.substr(at + 26)) < 5;
        },
        20s);
    EXPECT_TRUE(cut) << "who reads nothing stays";
}

TEST_F(HttpAttack, TenThousandRequestsAtOnce)
{
    for (const auto way : {Way::plain, Way::tls}) {
        ++entries;
        const auto before = resident_kib();
        const auto one = client(way);
        std::string many;
        for (int i = 0; i < 10'000; ++i) many += get("/healthz");
        int answered = 0;
        if (way == Way::plain) {
            std::thread sender([&] { one->send(many); });
            while (one->answer().status == 200) ++answered;
            sender.join();
        } else {  // OpenSSL's connection is one thread's: in pieces that the kernel takes
            bool open = true;
            for (std::size_t at = 0; open && at < many.size(); at += many.size() / 100) {
                one->send(many.substr(at, many.size() / 100));
                for (int i = 0; open && i < 100; ++i) {
                    open = one->answer().status == 200;
                    answered += open ? 1 : 0;
                }
            }
        }
        EXPECT_EQ(answered, 1000) << name_of(way);
        EXPECT_LT(resident_kib(), before + 10 * 1024) << name_of(way);
    }
}

// 600 connections from one address: 350 are served, some are told that it is too much, the others are closed.
TEST_F(HttpAttack, AFloodOfConnections)
{
    ++entries;
    std::vector<std::unique_ptr<RawClient>> flood;
    for (int i = 0; i < 600; ++i) flood.push_back(client(Way::plain));
    unsigned served = 0, told = 0;
    for (const auto& one : flood) one->send(get("/healthz"));
    for (const auto& one : flood) {
        const auto answer = one->answer();
        served += answer.status == 200 ? 1 : 0;
        told += answer.status == 429 && answer.field("Retry-After") == "5" ? 1 : 0;
    }
    EXPECT_LE(served, 350U);
    EXPECT_GE(served, 300U);
    EXPECT_GT(told, 0U);
    flood.clear();
    EXPECT_TRUE(wait_until([&] { return client(Way::tls)->get("/healthz").status == 200; }));
    EXPECT_GT(refused("connections_each"), 0U);
}

TEST_F(HttpAttack, ConnectionsThatComeAndGo)
{
    ++entries;
    const auto before = resident_kib();
    for (int i = 0; i < 2000; ++i) {
        const auto one = client(Way::plain);
        const linger reset{1, 0};
        ::setsockopt(one->socket(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (i % 2 == 0) one->send("GET /");
    }
    EXPECT_EQ(client(Way::tls)->get("/healthz").status, 200U);
    EXPECT_LT(resident_kib(), before + 10 * 1024);
}

struct Hello {
    const char* what;
    std::string bytes;
    bool half = false;  // and then no more is sent
};

// What is no TLS, on the port that speaks it: closed, by a word or by the deadline.
TEST_F(HttpAttack, TlsGarbage)
{
    const std::vector<Hello> hellos{
        {"a record's head and silence", std::string("\x16\x03\x01\x02\x00", 5)},
        {"a record of garbage", "\x16\x03\x01\x01" + std::string(300, 'x')},
        {"a record of 64 KiB", "\x16\x03\x01\xFF\xFF" + std::string(65'535, 'x')},
        {"a hello of no length", std::string("\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9)},
        {"SSL 2", std::string("\x80\x2e\x01\x00\x02", 5)},
        {"an alert first", std::string("\x15\x03\x01\x00\x02\x02\x28", 7)},
        {"application data first", std::string("\x17\x03\x03\x00\x05hello", 10)},
        {"a heartbeat", std::string("\x18\x03\x02\x00\x03\x01\x40\x00", 8)},
        {"half of it, and the end", std::string("\x16\x03\x01", 3), true},
    };
    for (const auto& hello : hellos) {
        ++entries;
        const auto one = client(Way::plain);
        one->send(hello.bytes);
        if (hello.half) ::shutdown(one->socket(), SHUT_WR);
        const auto began = Clock::now();
        const auto status = one->answer().status;
        EXPECT_TRUE(status == 0 || status == 400) << hello.what << ' ' << status;
        EXPECT_LT(Clock::now() - began, 5s) << hello.what;
    }
    EXPECT_GT(refused("tls"), 0U);
    for (int i = 0; i < 30; ++i) {  // handshakes that are left in the middle
        ++entries;
        const auto one = client(Way::plain);
        one->send(std::string("\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03", 11));
    }
    EXPECT_EQ(client(Way::tls)->get("/healthz").status, 200U);
}

}  // namespace
}  // namespace tidegate::tests
