#pragma once

#include "firmware-sim/message.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tidegate::sim {

// The messages that were handed to the client and not yet acknowledged, in order. Pure; the owner locks.
class Window {
public:
    struct Entry {
        Message message;
        std::int64_t first_sent_us = 0;
    };

    // Returns the ticket that acknowledge() wants back. Tickets are never used twice, so that an
    // acknowledgement from before a reconnect is told apart.
    std::uint64_t add(Entry entry);

    // The entry, out of the window; nothing when the ticket is old or was acknowledged before.
    std::optional<Entry> acknowledge(std::uint64_t ticket);

    // Everything unacknowledged, oldest first; the window is empty afterwards and every ticket given so far
    // is old.
    std::vector<Entry> take_all();

    std::size_t size() const { return waiting_; }

private:
    std::deque<std::optional<Entry>> entries_;  // an acknowledged one is empty until all before it are gone
    std::uint64_t first_ticket_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace tidegate::sim
