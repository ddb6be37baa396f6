#pragma once

#include "bridge/link_end.hpp"

#include <cstdint>
#include <string>

namespace tidegate::bridge {

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

}  // namespace tidegate::bridge
