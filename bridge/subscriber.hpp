#pragma once

#include "base/error.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/mqtt_endpoint.hpp"
#include "bridge/session_book.hpp"
#include "bridge/subscriber_status.hpp"
#include "bridge/subscription.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bridge {

struct SubscriberOptions {
    MqttEndpoint broker{};  // a link on which nothing came for 1.5 times its keep_alive, and a second or two,
                            // is given up
    std::vector<Subscription> filters{"#"};  // those that another one covers are left out
    std::chrono::seconds session_expiry{7 * 24 * 3600};
    std::size_t largest_payload = 256UL * 1024;
    SessionBook* sessions = nullptr;  // what is subscribed is noted there; none: what is configured no more
                                      // stays subscribed while the session lasts
    std::filesystem::path memory{};   // of what came, to tell what comes again (bridge/redeliveries.hpp);
                                      // beside the ring. Empty: nothing is told to have come before
    std::string status_topic{};       // says, retained, whether we are there; empty: nothing is said
    std::string online{}, offline{};  // what is said there: by us, and by the broker when we are lost
    std::vector<std::string> own{};   // topic filters of what we publish ourselves: never taken in
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
