#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace tidegate::web {

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

    void set_most(std::size_t most) { most_ = most; }  // those that are there beyond it stay

    std::optional<Slot> admit(const std::string& address);  // none: there are too many already
    std::size_t open() const { return open_; }

private:
    std::size_t most_, most_each_;
    std::size_t open_ = 0;
    std::map<std::string, std::size_t, std::less<>> by_address_;
};

}  // namespace tidegate::web
