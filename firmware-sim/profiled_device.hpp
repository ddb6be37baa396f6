#pragma once

#include "firmware-sim/device.hpp"
#include "firmware-sim/profile.hpp"

namespace tidegate::sim {

// A device as its profile has it, which outlives it. `index`: its place among those of the profile, from 0;
// it gives the name. `seed` gives the values.
class ProfiledDevice : public Device {
public:
    ProfiledDevice(const Profile& profile, std::uint32_t index, std::uint64_t seed);

    Message next(std::int64_t time_ms) override;
    std::vector<Message> births(std::int64_t time_ms) override;
    std::optional<Message> availability(bool online) const override;
    void reboot(std::int64_t time_ms) override;
    void set_clock(std::int64_t ahead_ms) override { ahead_ms_ = ahead_ms; }

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
