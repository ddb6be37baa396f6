#pragma once

#include "base/error.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/link_end.hpp"
#include "bridge/session_book.hpp"
#include "bridge/subscription.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bridge {

struct SubscriberOptions {
    std::string url = "mqtt://localhost:1883";  // mqtt:// or mqtts://
    std::string client_id = "tidegate";         // names the persistent session at the broker
    std::string user{}, password{};
    std::string ca_file{};                       // for mqtts; empty: the system's
    std::string certificate_file{}, key_file{};  // ours, for brokers that ask for one; empty: none
    std::string alpn{};                          // offered by TLS, like "mqtt"; empty: nothing
    std::vector<Subscription> filters{"#"};      // those that another one covers are left out
    int version = 5;  // 5, falling back to 3.1.1 when the broker refuses it; 4: 3.1.1 only
    std::chrono::seconds session_expiry{7 * 24 * 3600};
    std::chrono::seconds keep_alive{10};  // a link on which nothing came for 1.5 times this, and a second or
                                          // two, is given up
    std::size_t largest_payload = 256UL * 1024;
    SessionBook* sessions = nullptr;  // what is subscribed is noted there; none: what is configured no more
                                      // stays subscribed while the session lasts
    std::filesystem::path memory{};   // of what came, to tell what comes again (bridge/redeliveries.hpp);
                                      // beside the ring. Empty: nothing is told to have come before
    std::string status_topic{};       // says, retained, whether we are there; empty: nothing is said
    std::string online{}, offline{};  // what is said there: by us, and by the broker when we are lost
    std::vector<std::string> own{};   // topic filters of what we publish ourselves: never taken in
};

struct SubscriberStatus {
    bool connected = false;      // and subscribed: by the broker's answer, or by a session that it still has
    std::int64_t since_ms = 0;   // wall clock of the last change of `connected`; 0: never changed
    std::uint64_t connects = 0;  // since start
    bool session_present = false;
    int version = 0;     // spoken now or last: 4 or 5
    std::string why;     // why it is not connected, or which filter the broker refused; empty: all is well
    std::string broker;  // url
    std::uint64_t duplicates = 0;   // since start: messages that came with DUP; all are in the ring
    std::uint64_t redelivered = 0;  // of them: that came before, for certain; marked so in the ring
    std::uint64_t own = 0;          // since start: messages of our own that came back, and went
    std::int64_t next_try_ms = 0;   // wall clock of the next attempt; 0: connected, or under way
    LinkEnds ends{};                // since start: why it was connected to again
};

// Receives from one broker: Paho's callback copies each message into the ring and returns; Paho then sends
// the PUBACK. A supervisor thread ("tg-subscriber") connects, subscribes again on each connection,
// unsubscribes what is not configured any more, says on the status topic that we are there, and reconnects
// within a second.
//
// While the ring has no room the callback waits, and with it every client of Paho in the process. So it does
// not wait for long: then the connection is let go of, and made again when the ring has room. The broker
// keeps what it has not had acknowledged.
class Subscriber {
public:
    Subscriber(SubscriberOptions options, IntakeRing& ring);  // does not connect yet
    ~Subscriber();                                            // stop()
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    // Begins to connect, and never gives up. Errors: invalid (URL, filters, QoS or version).
    Result<> start();

    // Within two seconds, also when the ring is full: what Paho then holds in hand is not acknowledged. The
    // session stays at the broker, which queues for us.
    void stop();

    SubscriberStatus status() const;  // any thread

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::bridge
