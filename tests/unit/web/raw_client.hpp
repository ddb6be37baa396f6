#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <openssl/ssl.h>
#include <optional>
#include <string>

namespace tidegate::tests {

struct Answer {
    unsigned status = 0;  // 0: the connection closed without one
    std::string head, body;
    bool whole = true;  // false: of a body in chunks the last one did not come

    // Of the first field of this name (in the server's spelling); empty when there is none.
    std::string field(const std::string& name) const;
};

struct WsMessage {
    unsigned opcode = 0;  // 0: the connection closed without a frame
    std::string payload;
    unsigned close_code() const;
};

// A blocking HTTP/1.1 and WebSocket client that sends exactly the bytes it is told to. Every wait ends after
// 10 s.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : RawClient("127.0.0.1", port) {}
    RawClient(const std::string& address, std::uint16_t port);
    // Speaks TLS, and trusts the certificates in the file alone. Throws what OpenSSL says.
    struct Tls {
        std::filesystem::path trusted;
        int version = 0;     // that one alone; 0: any
        std::string alpn{};  // offered; empty: none
        SSL_SESSION* resume = nullptr;
    };
    RawClient(std::uint16_t port, const Tls& tls) : RawClient("127.0.0.1", port) { secure(tls); }
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(const std::string& bytes);
    Answer answer(bool has_body = true);
    std::string until(const std::string& mark);  // what comes up to its end; without it: the connection ended
    bool closed_by_peer();                       // waits for it
    SSL* tls() const { return tls_.get(); }      // none: plain
    int socket() const { return socket_; }
    std::size_t pending() const { return buffer_.size(); }  // bytes that came and were not taken

    Answer get(const std::string& target, const std::string& fields = "");
    Answer request(const std::string& method, const std::string& target, const std::string& fields = "");

    Answer upgrade(const std::string& fields = "");
    void send_text(const std::string& text);
    void send_frame(unsigned first_byte, const std::string& payload, bool masked = true);
    WsMessage message();

private:
    void secure(const Tls& tls);
    long receive(char* into, std::size_t size);
    bool fill();  // reads more; false: closed, or the deadline has passed
    std::string take(std::size_t count);
    bool take_chunks(std::string& body);

    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::string buffer_;
    std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{nullptr, &::SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&::SSL_free)> tls_{nullptr, &::SSL_free};
};

}  // namespace tidegate::tests
