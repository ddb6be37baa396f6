#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::tests {

// Accepts each connection, answers CONNECT with the CONNACK that it is given, and nothing after that. One
// connection at a time; the client has to go first.
class MuteBroker {
public:
    explicit MuteBroker(std::vector<std::uint8_t> connack) : connack_(std::move(connack)) {}
    ~MuteBroker()
    {
        stopping_ = true;
        boost::system::error_code ignored;
        Tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);  // ends accept()
        thread_.join();
    }
    MuteBroker(const MuteBroker&) = delete;
    MuteBroker& operator=(const MuteBroker&) = delete;

    std::string url() const
    {
        return "mqtt://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    int connections() const { return connections_; }

private:
    using Tcp = boost::asio::ip::tcp;

    void serve()
    {
        while (!stopping_) {
            Tcp::socket client(io_);
            boost::system::error_code failure;
            acceptor_.accept(client, failure);
            if (stopping_) return;
            ++connections_;
            std::array<char, 2> head{};
            boost::asio::read(client, boost::asio::buffer(head), failure);
            boost::asio::write(client, boost::asio::buffer(connack_), failure);
            std::array<char, 500> unheard{};
            while (!failure) client.read_some(boost::asio::buffer(unheard), failure);
        }
    }

    std::vector<std::uint8_t> connack_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    boost::asio::io_context io_;
    Tcp::acceptor acceptor_{io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::thread thread_{[this] { serve(); }};
};

}  // namespace tidegate::tests
