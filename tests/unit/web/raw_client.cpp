#include "unit/web/raw_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <openssl/err.h>
#include <stdexcept>

namespace tidegate::tests {

std::string Answer::field(const std::string& name) const
{
    const auto start = head.find("\r\n" + name + ": ");
    if (start == std::string::npos) return "";
    const auto from = start + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
}

unsigned WsMessage::close_code() const
{
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
}

RawClient::RawClient(const std::string& address_text, std::uint16_t port) : port_(port)
{
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval deadline{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, address_text.c_str(), &address.sin_addr);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error("cannot connect to the server under test");
    }
}

RawClient::~RawClient()
{
    ::close(socket_);
}

void RawClient::send(const std::string& bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto n =
            tls_ ? ::SSL_write(tls_.get(), bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                 : ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;  // the server has closed: what it said before can still be read
        sent += static_cast<std::size_t>(n);
    }
}

void RawClient::secure(const Tls& tls)
{
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    context_.reset(::SSL_CTX_new(::TLS_client_method()));
    ::SSL_CTX_load_verify_locations(context_.get(), tls.trusted.c_str(), nullptr);
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (tls.version != 0) {
        ::SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, tls.version, nullptr);
        ::SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MAX_PROTO_VERSION, tls.version, nullptr);
        ::SSL_CTX_set_security_level(context_.get(), 0);  // else ours would not even offer the old ones
    }
    tls_.reset(::SSL_new(context_.get()));
    ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls_.get()), "127.0.0.1");
    if (!tls.alpn.empty()) {
        const auto offered = static_cast<char>(tls.alpn.size()) + tls.alpn;
        ::SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                              static_cast<unsigned>(offered.size()));
    }
    if (tls.resume != nullptr) ::SSL_set_session(tls_.get(), tls.resume);
    ::SSL_set_fd(tls_.get(), socket_);
    if (::SSL_connect(tls_.get()) == 1) return;
    std::array<char, 256> why{};
    ::ERR_error_string_n(::ERR_get_error(), why.data(), why.size());
    ::ERR_clear_error();
    ::close(socket_);
    throw std::runtime_error(why.data());
}

long RawClient::receive(char* into, std::size_t size)
{
    if (!tls_) return ::recv(socket_, into, size, 0);
    const int n = ::SSL_read(tls_.get(), into, static_cast<int>(size));
    ::ERR_clear_error();
    return n;
}

bool RawClient::fill()
{
    std::array<char, 65536> piece{};
    const auto n = receive(piece.data(), piece.size());
    if (n <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(n));
    return true;
}

std::string RawClient::take(std::size_t count)
{
    while (buffer_.size() < count && fill()) {
    }
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
}

bool RawClient::take_chunks(std::string& body)
{
    for (;;) {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n")) == std::string::npos)
            if (!fill()) return false;
        const auto length = std::stoul(take(end + 2), nullptr, 16);
        const auto chunk = take(length + 2);
        if (chunk.size() < length + 2) return false;
        if (length == 0) return true;
        body.append(chunk, 0, length);
    }
}

Answer RawClient::answer(bool has_body)
{
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return {};
    }
    Answer result;
    result.head = take(end + 4);
    result.status = static_cast<unsigned>(std::atoi(result.head.substr(9, 3).c_str()));
    const auto length = result.field("Content-Length");
    if (has_body && !length.empty()) result.body = take(std::stoul(length));
    const bool ends_with_connection =
        length.empty() && result.field("Transfer-Encoding").empty() && result.field("Connection") == "close";
    while (has_body && ends_with_connection && fill()) {
    }
    if (has_body && ends_with_connection) result.body = take(buffer_.size());
    if (has_body && result.field("Transfer-Encoding") == "chunked") result.whole = take_chunks(result.body);
    return result;
}

std::string RawClient::until(const std::string& mark)
{
    std::size_t at = 0;
    while ((at = buffer_.find(mark)) == std::string::npos)
        if (!fill()) return take(buffer_.size());
    return take(at + mark.size());
}

bool RawClient::closed_by_peer()
{
    char byte = 0;
    errno = 0;
    return buffer_.empty() && receive(&byte, 1) <= 0 && errno != EAGAIN;
}

Answer RawClient::request(const std::string& method, const std::string& target, const std::string& fields)
{
    send(method + " " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) + "\r\n" + fields +
         "\r\n");
    return answer(method != "HEAD");
}

Answer RawClient::get(const std::string& target, const std::string& fields)
{
    return request("GET", target, fields);
}

Answer RawClient::upgrade(const std::string& fields)
{
    return get("/api/v1/live",
               "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   fields);
}

void RawClient::send_frame(unsigned first_byte, const std::string& payload, bool masked)
{
    constexpr std::array<char, 4> mask{0x11, 0x22, 0x33, 0x44};
    const unsigned mask_bit = masked ? 0x80 : 0;
    std::string frame(1, static_cast<char>(first_byte));
    if (payload.size() < 126) {
        frame += static_cast<char>(mask_bit | payload.size());
    } else {
        frame += static_cast<char>(mask_bit | 126U);
        frame += static_cast<char>(payload.size() >> 8U);
        frame += static_cast<char>(payload.size() & 0xFFU);
    }
    if (masked) frame.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame += masked ? static_cast<char>(payload[i] ^ mask[i % 4]) : payload[i];
    }
    send(frame);
}

void RawClient::send_text(const std::string& text)
{
    send_frame(0x81, text);
}

WsMessage RawClient::message()
{
    const std::string head = take(2);
    if (head.size() < 2) return {};
    std::size_t length = static_cast<unsigned char>(head[1]) & 0x7FU;
    const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (extended != 0) length = 0;
    for (const char byte : take(extended)) length = length * 256 + static_cast<unsigned char>(byte);
    return {static_cast<unsigned char>(head[0]) & 0x0FU, take(length)};
}

}  // namespace tidegate::tests
