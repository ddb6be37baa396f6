#pragma once

#include "firmware-sim/message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::sim {

// Where the messages come from: a fleet of devices, a recording, or the running numbers of a loss test.
class Source {
public:
    virtual ~Source() = default;

    virtual Message next(std::int64_t time_ms) = 0;

    // What is said once at the end, when the fleet is switched off.
    virtual std::vector<Message> farewell() const { return {}; }

    // A source with a time of its own: microseconds after the start at which the next one is due. None: the
    // rate says when.
    virtual std::optional<std::int64_t> due_us() const { return std::nullopt; }
    virtual bool ended() const { return false; }

    // What was done to messages on purpose, by the name of the fault.
    virtual std::map<std::string, std::uint64_t> faults() const { return {}; }
};

}  // namespace tidegate::sim
