#pragma once

#include "store/live_table.hpp"
#include "web/accounts/identity.hpp"
#include "web/server/subscription.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tidegate::web {

// Immutable text of one message, shared by every client that is owed the same.
using Frame = std::shared_ptr<const std::string>;

// What the kernel may hold for a client: little, so that a slow one is told what is new and not what is
// waiting.
inline constexpr int live_send_buffer = 64 * 1024;

struct Goodbye {
    std::uint16_t code = 0;  // of the close frame; 0: it stays
    std::string reason;
    std::string why;            // for a `bye` message before; empty: none
    std::int64_t until_ms = 0;  // boot clock: whoever has not taken it by then is cut off
};

enum class LiveTransport : std::uint8_t { web_socket, events };

// A live client as the hub sees it: numbers, not queues. Lives in its session's coroutine; the hub is told
// when it joins and leaves. What is owed follows from comparing these numbers with those of the gateway.
struct LiveClient {
    std::function<void()> wake;  // look at LiveHub::next() again
    std::function<void()> cut;   // close the socket, now

    Identity identity;  // set before it joins
    LiveTransport transport = LiveTransport::web_socket;

    bool greeted = false;  // `hello` came
    bool welcomed = false;
    bool resumed = false;
    bool paused = false;
    bool owes_heartbeat = false;  // it sent an `h`
    bool full_due = true;         // the next update is a full one, even when it is empty
    bool bye_sent = false;
    Goodbye goodbye;

    std::shared_ptr<Subscription> subscription;
    std::int64_t rate = 500;
    store::Version seq = 0;        // it was told everything up to here
    std::uint64_t freshness = 0;   // serial up to which it was told of changes of freshness
    std::uint64_t gateway = 0;     // serial of the `gw` that it was sent
    store::SeriesId revision = 0;  // of the catalogue that it was told

    // By the boot clock.
    std::int64_t joined_ms = 0;
    std::int64_t tick = -1;       // of its rate's class, in which it was last served
    std::int64_t updated_ms = 0;  // moment of the view that its last update showed; 0: none yet
    std::int64_t catalogue_ms = 0;
    std::int64_t sent_ms = 0;       // anything
    std::int64_t in_flight_ms = 0;  // since when a message has been on its way to the socket; 0: none is
    double budget = 0;              // messages that it may send now
    std::int64_t budget_ms = 0;
};

}  // namespace tidegate::web
