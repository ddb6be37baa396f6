#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::sim {

struct Message {
    std::string topic;
    std::string payload;
    bool retained = false;
    std::uint32_t device = 0;  // which one of the fleet, from 1; 0 where it does not matter
    std::uint64_t number = 0;  // its running number, from 1, in loss tests; 0 otherwise
};

// One simulated board. Pure: the same seed and the same times give the same messages.
class Device {
public:
    virtual ~Device() = default;

    // What it publishes when its turn comes.
    virtual Message next(std::int64_t time_ms) = 0;

    // What it says when it starts: discovery, descriptions, births. Its counts begin anew.
    virtual std::vector<Message> births(std::int64_t time_ms) = 0;

    // What it, or the broker for it, says of its being there; a device without such a topic says nothing.
    virtual std::optional<Message> availability(bool online) const = 0;

    virtual void reboot(std::int64_t time_ms) = 0;  // births() are said behind it
    virtual void set_clock(std::int64_t ahead_ms) = 0;
};

using DevicePointer = std::unique_ptr<Device>;

}  // namespace tidegate::sim
