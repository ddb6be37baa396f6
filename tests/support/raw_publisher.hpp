#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidegate::tests {

// Publishes as fast as a socket takes it (MQTT 3.1.1), for loads that a client library would hold back. It
// reads no acknowledgement, so of QoS 1 it may publish some thousands.
class RawPublisher {
public:
    RawPublisher(std::uint16_t port, std::string_view client_id)
    {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        socket_.set_option(boost::asio::ip::tcp::no_delay(true));
        std::string body("\0\4MQTT\4\2\0\0", 10);
        append_text(body, client_id);
        packet(0x10, body);
        flush();
        std::array<char, 4> connack{};
        boost::asio::read(socket_, boost::asio::buffer(connack));
        if (connack[0] != 0x20 || connack[3] != 0)
            throw std::runtime_error("the broker refuses the publisher");
    }

    // Sent with the next flush(), or when much has gathered.
    void publish(std::string_view topic, std::string_view payload, int qos = 0)
    {
        std::string body;
        append_text(body, topic);
        if (qos > 0) append_number(body, ++packet_id_);
        body += payload;
        packet(static_cast<std::uint8_t>(0x30 | (qos << 1)), body);
        if (pending_.size() > 16'384) flush();
    }

    void flush()
    {
        boost::asio::write(socket_, boost::asio::buffer(pending_));
        pending_.clear();
    }

private:
    static void append_number(std::string& to, std::size_t number)
    {
        to += static_cast<char>(number >> 8U);
        to += static_cast<char>(number & 0xffU);
    }
    static void append_text(std::string& to, std::string_view text)
    {
        append_number(to, text.size());
        to += text;
    }

    void packet(std::uint8_t head, const std::string& body)
    {
        pending_ += static_cast<char>(head);
        for (auto length = body.size();;) {
            const auto low = static_cast<std::uint8_t>(length & 0x7fU);
            length >>= 7U;
            pending_ += static_cast<char>(length > 0 ? low | 0x80U : low);
            if (length == 0) break;
        }
        pending_ += body;
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_{io_};
    std::string pending_;
    std::uint16_t packet_id_ = 0;
};

}  // namespace tidegate::tests
