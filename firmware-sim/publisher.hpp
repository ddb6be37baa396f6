#pragma once

#include "firmware-sim/account.hpp"
#include "firmware-sim/window.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::sim {

struct Options;

// One connection to the broker and the messages that it owes an answer for. Used by one thread; the client's
// own threads only enter acknowledgements. Keeps what is unacknowledged over a lost connection and sends it
// again, as a good device does (QoS 0 excepted: what was not written is lost and counted).
class Publisher {
public:
    // The most messages that may wait for the broker's acknowledgement. The client library looks through all
    // of them at each publish, so that a deeper window costs more than it brings.
    static constexpr std::size_t most_waiting = 200;

    explicit Publisher(const Options& options);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    // One try, at most 3 s; then sends again what the last connection left unacknowledged. The empty string,
    // or why not.
    std::string connect();
    bool connected() const;

    std::size_t room() const;
    std::size_t waiting() const;
    void publish(Message message);

    // Ends the connection in an orderly way.
    void disconnect(std::chrono::milliseconds most);

    Account account() const;                   // published, acknowledged, repeated, reconnects, puback
    std::string acknowledged_numbers() const;  // AckBook::text()
    std::chrono::steady_clock::time_point last_acknowledged() const;

private:
    class Link;
    std::unique_ptr<Link> link_;
};

}  // namespace tidegate::sim
