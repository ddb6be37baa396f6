#pragma once

#include <cstdint>
#include <vector>

namespace tidegate::bridge {

// Descriptors of the TCP connections of this process whose other end has this port.
std::vector<int> connections_to_port(std::uint16_t port) noexcept;

// Shuts them down; how many there were.
//
// Paho acknowledges a message when the arrival callback returns, whatever it returns, and does not tell its
// socket. When a message could not be kept, this is what keeps the PUBACK from leaving: the broker then
// delivers the message again. Another connection of ours to the same port at another host is cut as well; its
// owner reconnects.
int cut_connections_to_port(std::uint16_t port) noexcept;

// What keeps TCP from waiting where MQTT waits as well. Paho has no options for it. Set on all our
// connections to a port, whose descriptors are looked up once: on a connection that was made later by
// another, nothing of it is wrong.
class Hurry {
public:
    // A connection was made. From here on what is written is sent at once (TCP_NODELAY): without that the end
    // of a message that is larger than a segment waits for the acknowledgement of its beginning, which the
    // other side delays by 40 ms because it has nothing to say yet.
    void begin(std::uint16_t port) noexcept;

    // Acknowledges at once what has come (TCP_QUICKACK; it does not last): a broker that joins small packets
    // holds its second PUBACK until then, for the same 40 ms.
    void acknowledge() const noexcept;

private:
    void set(int option) const noexcept;

    std::vector<int> connections_;
};

}  // namespace tidegate::bridge
