#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::web {

// A message as it came, and what was made of it.
struct SeenMessage {
    std::string topic;
    std::string payload;     // its first bytes
    std::size_t bytes = 0;   // how many it had
    std::int64_t at_ms = 0;  // wall clock, of its arrival
    bool retained = false;
    std::string decoder;  // which one understood it; empty: none, or it was not asked
    std::size_t readings = 0;
    std::string reason;         // why it was rejected, in one word; empty: it was not
    std::string why;            // for people: why so; may be empty
    std::string_view chosen{};  // by what the decoder was: "rule", "topic", "discovery", "structure",
                                // "scalar", "text", "post"; of static storage; empty: none was asked
    std::string rule{};         // where that rule is written, for people; empty: no rule chose it
};

// Messages that are remembered: the last of each topic, and the last that were rejected.
struct SeenMessages {
    std::vector<SeenMessage> messages;
    std::vector<std::pair<std::string, std::uint64_t>> limited;  // topics with messages that a rule's rate
                                                                 // let not through, and how many
};

// An [[alarm]] of the configuration, for who draws its limit.
struct AlarmRuleFacts {
    std::string name, severity, kind, limit;
    double clear = 0;  // of above and below: where it ends
};

}  // namespace tidegate::web
