// The attack list, WebSocket: what a client may say and what it must not, frame by frame.
#include "integration/attack/attack_fixture.hpp"

#include <sys/socket.h>

#include <chrono>
#include <thread>
#include <zlib.h>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

const std::string hello = R"({"k":"hello","v":1})";

// As RFC 6455 has it; `length` is what the frame says, which need not be true. Masked with zeros.
std::string frame(unsigned first_byte, const std::string& payload, std::uint64_t length, bool masked = true)
{
    std::string bytes(1, static_cast<char>(first_byte));
    const unsigned mask_bit = masked ? 0x80U : 0U;
    if (length < 126) {
        bytes += static_cast<char>(mask_bit | length);
    } else if (length < 65'536) {
        bytes += static_cast<char>(mask_bit | 126U);
        bytes += static_cast<char>(length >> 8U);
        bytes += static_cast<char>(length & 0xFFU);
    } else {
        bytes += static_cast<char>(mask_bit | 127U);
        for (unsigned shift = 64; shift != 0; shift -= 8)
            bytes += static_cast<char>(length >> (shift - 8) & 0xFFU);
    }
    if (masked) bytes += std::string(4, '\0');
    return bytes + payload;
}
std::string frame(unsigned first_byte, const std::string& payload)
{
    return frame(first_byte, payload, payload.size());
}

std::string deflated(std::size_t zeros)
{
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    std::string piece(1U << 20U, '\0'), out(zeros / 500 + 4096, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    for (std::size_t done = 0; done < zeros; done += piece.size()) {
        stream.next_in = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_in = static_cast<uInt>(piece.size());
        deflate(&stream, Z_NO_FLUSH);
    }
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct Entry {
    std::string what;
    std::string bytes;
    unsigned code;  // of the close frame; 0: the connection ends without one
};

std::vector<Entry> frames()
{
    std::vector<Entry> table{
        {"an unmasked frame", frame(0x81, hello, hello.size(), false), 1002},
        {"RSV1 without an extension", frame(0xC1, hello), 1002},
        {"RSV2", frame(0xA1, hello), 1002},
        {"RSV3", frame(0x91, hello), 1002},
        {"opcode 3", frame(0x83, ""), 1002},
        {"opcode 11", frame(0x8B, ""), 1002},
        {"a ping of 126 bytes", frame(0x89, std::string(126, 'a')), 1002},
        {"a ping in pieces", frame(0x09, "a"), 1002},
        {"a close in pieces", frame(0x08, ""), 1002},
        {"a close of one byte", frame(0x88, "a"), 1002},
        {"a close of 126 bytes", frame(0x88, "\x03\xE8" + std::string(124, 'a')), 1002},
        {"a close with 1005", frame(0x88, "\x03\xED"), 1002},
        {"a close with 1006", frame(0x88, "\x03\xEE"), 1002},
        {"a close with 999", frame(0x88, "\x03\xE7"), 1002},
        {"a close whose reason is no UTF-8", frame(0x88, "\x03\xE8\xFF"), 1002},
        {"a continuation of nothing", frame(0x80, "a"), 1002},
        {"a message within a message", frame(0x01, "a") + frame(0x81, "b"), 1002},
        {"a text that is no UTF-8", frame(0x81, "\xFF\xFE"), 1007},
        {"half a surrogate", frame(0x81, "\xED\xA0\x80"), 1007},
        {"a NUL in two bytes", frame(0x81, "\xC0\x80"), 1007},
        {"bad UTF-8 across pieces", frame(0x01, "\xCE") + frame(0x80, "\xFF"), 1007},
        {"a text cut within a letter", frame(0x81, "\xE2\x82"), 1007},
        {"a length of 2^62", frame(0x81, "", 1ULL << 62U), 1009},
        {"a length of 2^63", frame(0x81, "", 1ULL << 63U), 1009},
        {"a length of 2^64 - 1", frame(0x81, "", ~0ULL), 1009},
        {"a length written longer than need be", std::string("\x81\xFE\x00\x05\x00\x00\x00\x00hello", 13),
         1002},
        {"a message of 17 KB", frame(0x81, std::string(17'000, ' ')), 1009},
        {"a deflate bomb of 64 MB", frame(0xC1, deflated(64U << 20U)), 1002},
        {"binary", frame(0x82, hello), 1008},
        {"no JSON", frame(0x81, "nonsense"), 1008},
        {"nothing", frame(0x81, ""), 1008},
        {"JSON 5,000 deep", frame(0x81, std::string(5000, '[')), 1008},
        {"a number of 10,000 digits", frame(0x81, R"({"k":"hello","v":)" + std::string(10'000, '1') + "}"),
         1008},
        {"a hello of another version", frame(0x81, R"({"k":"hello","v":2})"), 1008},
        {"something else before hello", frame(0x81, R"({"k":"set","rate":100})"), 1008},
        {"hello twice", frame(0x81, hello) + frame(0x81, hello), 1008},
        {"a filter that is none", frame(0x81, R"({"k":"hello","v":1,"sub":{"match":["#/a"]}})"), 1008},
        {"a rate that is a text", frame(0x81, R"({"k":"hello","v":1,"rate":"fast"})"), 1008},
    };
    std::string pieces = frame(0x01, std::string(9000, ' '));
    pieces += frame(0x00, std::string(9000, ' '));
    table.push_back({"pieces that are too much together", pieces, 1009});
    std::string many;
    for (int i = 0; i < 100; ++i) many += frame(0x81, R"({"k":"h"})");
    table.push_back({"a hundred messages at once", frame(0x81, hello) + many, 1008});
    std::string topics;
    for (int i = 0; i < 200; ++i)
        topics += (i == 0 ? "\"" : ",\"") + std::string("t/") + std::to_string(i) + "\"";
    table.push_back(
        {"200 filters", frame(0x81, R"({"k":"hello","v":1,"sub":{"match":[)" + topics + "]}}"), 1008});
    return table;
}

struct Shake {
    std::string what;
    std::string fields;
    unsigned status;
};

std::vector<Shake> shakes()
{
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string asks = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    const std::string whole = asks + "Sec-WebSocket-Version: 13\r\n" + key;
    return {
        {"no upgrade", "", 426},
        {"an upgrade to something else", "Connection: Upgrade\r\nUpgrade: h2c\r\n", 426},
        {"no key", asks + "Sec-WebSocket-Version: 13\r\n", 400},
        {"a key that is too short, which is hashed as it is",
         asks + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ==\r\n", 101},
        {"no version", asks + key, 400},
        {"version 8", asks + "Sec-WebSocket-Version: 8\r\n" + key, 426},
        {"an evil origin", whole + "Origin: https://evil.example\r\n", 403},
        {"the null origin", whole + "Origin: null\r\n", 403},
        {"an origin that begins like ours", whole + "Origin: http://localhost.evil.example\r\n", 403},
        {"an origin that ends like ours", whole + "Origin: http://evil-localhost\r\n", 403},
        {"an origin with a user", whole + "Origin: http://localhost@evil.example\r\n", 403},
        {"another port", whole + "Origin: http://localhost:1\r\n", 403},
        {"a file", whole + "Origin: file://localhost\r\n", 403},
        {"a page of another site", whole + "Sec-Fetch-Site: cross-site\r\n", 403},
        {"extensions without end",
         whole + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99; "
                 "server_max_window_bits=0\r\n",
         101},
        {"a tool without an origin", whole, 101},
    };
}

class LiveAttack : public Attacked {
protected:
    static std::unique_ptr<RawClient> live(Way way)
    {
        auto one = client(way);
        EXPECT_EQ(one->upgrade().status, 101U);
        return one;
    }

    // Of the first close frame; 0 when the connection ends without one.
    static unsigned close_code(RawClient& one)
    {
        for (;;) {
            const auto message = one.message();
            if (message.opcode == 8 || message.opcode == 0) return message.close_code();
        }
    }

    static double live_clients()
    {
        const auto text = gateway->get("/metrics");
        const auto at = text.find("\ntidegate_live_clients{transport=\"websocket\"} ");
        return std::stod(text.substr(at + 46));
    }
};

TEST_F(LiveAttack, Frames)
{
    const auto before = resident_kib();
    for (const auto way : {Way::plain, Way::tls}) {
        for (const auto& entry : frames()) {
            ++entries;
            const auto one = live(way);
            one->send(entry.bytes);
            EXPECT_EQ(close_code(*one), entry.code) << name_of(way) << ": " << entry.what;
        }
    }
    EXPECT_TRUE(wait_until([] { return live_clients() == 0; }));
    EXPECT_LT(resident_kib(), before + 10 * 1024);
}

TEST_F(LiveAttack, Handshakes)
{
    for (const auto way : {Way::plain, Way::tls}) {
        for (const auto& shake : shakes()) {
            ++entries;
            EXPECT_EQ(client(way)->get("/api/v1/live", shake.fields).status, shake.status)
                << name_of(way) << ": " << shake.what;
        }
    }
}

// Bytes behind the head, before the answer to it: no head may carry a frame along.
TEST_F(LiveAttack, AFrameAlongWithTheHandshake)
{
    ++entries;
    const auto one = client(Way::plain);
    one->send(
        "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
        frame(0x81, hello));
    EXPECT_GE(one->answer().status, 400U);
}

TEST_F(LiveAttack, AFloodOfEmptyPieces)
{
    for (const auto way : {Way::plain, Way::tls}) {
        ++entries;
        const auto before = resident_kib();
        const auto one = live(way);
        std::string many;
        for (int i = 0; i < 100'000; ++i) many += frame(0x00, "");
        one->send(frame(0x01, "") + many + frame(0x80, ""));
        EXPECT_EQ(close_code(*one), 1008U) << "all of it is one message, and no JSON";
        EXPECT_LT(resident_kib(), before + 5 * 1024) << name_of(way);
    }
}

// Whose answers are not read: they wait in the kernel, then reading stops, then it is cut.
TEST_F(LiveAttack, AFloodOfPingsWithoutReading)
{
    for (const auto way : {Way::plain, Way::tls}) {
        ++entries;
        const auto before = resident_kib();
        const auto one = live(way);
        const timeval soon{0, 500'000};
        ::setsockopt(one->socket(), SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
        std::string many;
        for (int i = 0; i < 100'000; ++i) many += frame(0x89, std::string(125, 'p'));
        one->send(many);
        EXPECT_EQ(client(Way::tls)->get("/healthz").status, 200U);
        EXPECT_LT(resident_kib(), before + 5 * 1024) << name_of(way);
    }
    EXPECT_TRUE(wait_until([] { return live_clients() == 0; }, 30s)) << "they stay";
}

TEST_F(LiveAttack, OnesThatNeverSayHelloOrNeverRead)
{
    const auto before = resident_kib();
    std::vector<std::unique_ptr<RawClient>> silent, stalled;
    for (int i = 0; i < 100; ++i) {
        entries += 2;
        silent.push_back(live(i % 2 == 0 ? Way::plain : Way::tls));
        stalled.push_back(live(i % 2 == 0 ? Way::tls : Way::plain));
        const int small = 4096;
        ::setsockopt(stalled.back()->socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        stalled.back()->send_text(R"({"k":"hello","v":1,"rate":100})");
    }
    const auto healthy = live(Way::tls);
    healthy->send_text(R"({"k":"hello","v":1,"rate":100})");
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) ASSERT_NE(healthy->message().opcode, 0U);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    std::printf("200 silent and stalled live clients, half of them by TLS: +%ld kB\n",
                static_cast<long>(resident_kib()) - static_cast<long>(before));
    EXPECT_LT(resident_kib(), before + 20 * 1024);
}

TEST_F(LiveAttack, MoreClientsThanThereMayBe)
{
    ++entries;
    ASSERT_TRUE(wait_until([] { return live_clients() == 0; }, 20s));
    std::vector<std::unique_ptr<RawClient>> many;
    for (int i = 0; i < 305; ++i) many.push_back(live(Way::plain));
    unsigned refused_ones = 0;
    for (int i = 300; i < 305; ++i)
        refused_ones += close_code(*many[static_cast<std::size_t>(i)]) == 4429 ? 1 : 0;
    EXPECT_EQ(refused_ones, 5U);
}

}  // namespace
}  // namespace tidegate::tests
