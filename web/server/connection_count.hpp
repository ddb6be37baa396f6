#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace tidegate::web {

// One of IPv4 in IPv6's clothes, as a socket that listens on `::` has it, as what it is.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

// Counts open connections, in all and by address. A Slot is one of them as long as it lives.
class ConnectionCount {
public:
    ConnectionCount(std::size_t most, std::size_t most_each) : most_(most), most_each_(most_each) {}

    class Slot {
    public:
        Slot(ConnectionCount& count, std::string address);
        Slot(Slot&& other) noexcept;
        Slot& operator=(Slot&&) = delete;
        ~Slot();

    private:
        ConnectionCount* count_;
        std::string address_;
    };

    void set_most(std::size_t most, std::size_t most_each)  // those that are there beyond it stay
    {
        most_ = most;
        most_each_ = most_each;
    }

    std::optional<Slot> admit(const std::string& address);  // none: there are too many already
    bool full() const { return open_ >= most_; }            // in all
    std::size_t open() const { return open_; }

private:
    std::size_t most_, most_each_;
    std::size_t open_ = 0;
    std::map<std::string, std::size_t, std::less<>> by_address_;
};

}  // namespace tidegate::web
