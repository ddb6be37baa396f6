#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::tests {

// Speaks just enough MQTT 3.1.1 for a client to connect and subscribe, and refuses MQTT 5 with the bytes it
// is given. One connection at a time.
class OldBroker {
public:
    explicit OldBroker(std::vector<std::uint8_t> refusal) : refusal_(std::move(refusal)) {}
    ~OldBroker()
    {
        stopping_ = true;
        boost::system::error_code ignored;
        Tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);  // ends accept()
        thread_.join();
    }
    OldBroker(const OldBroker&) = delete;
    OldBroker& operator=(const OldBroker&) = delete;

    std::string url() const
    {
        return "mqtt://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    int refused() const { return refused_; }

private:
    using Tcp = boost::asio::ip::tcp;
    static constexpr std::uint8_t connect = 0x10, subscribe = 0x82, ping = 0xc0, disconnect = 0xe0;

    void serve()
    {
        while (!stopping_) {
            Tcp::socket client(io_);
            boost::system::error_code failure;
            acceptor_.accept(client, failure);
            while (!failure && !stopping_ && answer(client)) {
            }
        }
    }

    // One packet; false: the connection is over.
    bool answer(Tcp::socket& client)
    {
        boost::system::error_code failure;
        std::vector<std::uint8_t> head(2);  // the length of what is tested here fits one byte
        boost::asio::read(client, boost::asio::buffer(head), failure);
        if (failure || head[0] == disconnect) return false;
        std::vector<std::uint8_t> body(head[1]);
        boost::asio::read(client, boost::asio::buffer(body), failure);
        if (failure) return false;
        const auto send = [&](const std::vector<std::uint8_t>& bytes) {
            boost::asio::write(client, boost::asio::buffer(bytes), failure);
            return !failure;
        };
        if (head[0] == connect && body.at(6) == 5) {
            ++refused_;
            send(refusal_);
            return false;
        }
        if (head[0] == connect) return send({0x20, 2, 0, 0});
        if (head[0] == subscribe) return send({0x90, 3, body.at(0), body.at(1), 1});
        return head[0] != ping || send({0xd0, 0});
    }

    std::vector<std::uint8_t> refusal_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> refused_ = 0;
    boost::asio::io_context io_;
    Tcp::acceptor acceptor_{io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::thread thread_{[this] { serve(); }};
};

}  // namespace tidegate::tests
