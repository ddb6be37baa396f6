#pragma once

#include "firmware-sim/account.hpp"
#include "firmware-sim/window.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::sim {

struct Options;

// Connections to the broker, one or several, and the messages that it owes an answer for; what is of one
// device goes over one of them, in order. Used by one thread; the client's own threads only enter
// acknowledgements. Keeps what is unacknowledged over a lost connection and sends it again, as a good device
// does (QoS 0 excepted: what was not written is lost and counted).
class Publisher {
public:
    // The most messages that may wait for the broker's acknowledgement, a connection. The client library
    // looks through all of them at each publish, so that a deeper window costs more than it brings.
    static constexpr std::size_t most_waiting = 200;

    explicit Publisher(const Options& options);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    // One try for each that is not connected, at most 3 s; then sends again what the last connection left
    // unacknowledged. The empty string, or why not.
    std::string connect();
    bool connected() const;  // all of them

    std::size_t room() const;  // messages, whichever device they are of
    std::size_t waiting() const;
    void publish(Message message);

    // Ends the connection in an orderly way.
    void disconnect(std::chrono::milliseconds most);

    Account account() const;                   // published, acknowledged, repeated, reconnects, puback
    std::string acknowledged_numbers() const;  // AckBook::text()
    std::chrono::steady_clock::time_point last_acknowledged() const;

private:
    class Link;
    std::vector<std::unique_ptr<Link>> links_;
    std::uint64_t bytes_ = 0;
};

}  // namespace tidegate::sim
