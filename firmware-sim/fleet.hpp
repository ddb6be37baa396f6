#pragma once

#include "firmware-sim/device.hpp"
#include "firmware-sim/source.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tidegate::sim {

// `devices` boards, dealt out over the families in turn. Each says once that it is there, with its births;
// then they publish in turn, one message each.
class Fleet : public Source {
public:
    // `profiles`: at least one; they outlive it. `retain`: what is known of the devices beside their readings
    // is retained, and withdrawn at the end.
    Fleet(std::uint32_t devices,
          const std::vector<const Profile*>& profiles,
          std::uint64_t seed,
          bool retain);

    Message next(std::int64_t time_ms) override;
    std::vector<Message> farewell() const override;

    // For faults: devices by their numbers in messages.
    std::size_t size() const { return devices_.size(); }
    std::optional<Message> announce(std::int64_t time_ms);  // next(), as long as a device is not announced
    Message again(std::uint32_t device, std::int64_t time_ms);                // out of its turn
    std::vector<Message> reboot(std::uint32_t device, std::int64_t time_ms);  // its will, and its births
    void set_clock(std::uint32_t device, std::int64_t ahead_ms);

private:
    Message stamped(Message message, std::size_t device) const;
    std::vector<Message> announcement(std::size_t device, std::int64_t time_ms);

    std::vector<Device> devices_;
    bool retain_;
    std::deque<Message> births_;  // of the device that was announced last
    std::size_t announced_ = 0;
    std::size_t turn_ = 0;
};

}  // namespace tidegate::sim
