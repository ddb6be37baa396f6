#pragma once

#include "firmware-sim/message.hpp"
#include "firmware-sim/profile.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::sim {

// One simulated board, as its profile has it, which outlives it. Pure: the same seed and the same times give
// the same messages.
class Device {
public:
    // `index`: its place among those of the profile, from 0; it gives the name. `seed` gives the values.
    Device(const Profile& profile, std::uint32_t index, std::uint64_t seed);

    // What it publishes when its turn comes.
    Message next(std::int64_t time_ms);

    // What it says when it starts: discovery, descriptions, births. Its counts begin anew.
    std::vector<Message> births(std::int64_t time_ms);

    // What it, or the broker for it, says of its being there; a device without such a topic says nothing.
    std::optional<Message> availability(bool online) const;

    void reboot(std::int64_t time_ms);  // births() are said behind it
    void set_clock(std::int64_t ahead_ms) { ahead_ms_ = ahead_ms; }

private:
    Message say(const MessageSpec& spec, std::int64_t time_ms) const;
    Moment moment(std::int64_t time_ms) const;

    const Kind& kind_;
    std::string word_;
    std::string name_;
    std::uint32_t index_;
    mutable SignalSet signals_;  // what is said of availability has no value in it
    mutable std::uint64_t seq_ = 0;
    std::int64_t ahead_ms_ = 0;
    std::size_t turn_ = 0;
};

}  // namespace tidegate::sim
