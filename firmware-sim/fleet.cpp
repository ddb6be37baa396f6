#include "firmware-sim/fleet.hpp"

#include "firmware-sim/random.hpp"

namespace tidegate::sim {

Fleet::Fleet(std::uint32_t devices,
             const std::vector<const Profile*>& profiles,
             std::uint64_t seed,
             bool retain)
    : retain_(retain)
{
    const auto families = static_cast<std::uint32_t>(profiles.size());
    Random seeds(seed);
    devices_.reserve(devices);
    for (std::uint32_t i = 0; i < devices; ++i)
        devices_.emplace_back(*profiles[i % families], i / families, seeds());
}

Message Fleet::stamped(Message message, std::size_t device) const
{
    message.device = static_cast<std::uint32_t>(device + 1);
    message.retained = message.retained && retain_;
    return message;
}

std::vector<Message> Fleet::announcement(std::size_t device, std::int64_t time_ms)
{
    std::vector<Message> all;
    auto there = devices_[device].availability(true);
    if (there) {
        there->retained = true;
        all.push_back(stamped(std::move(*there), device));
    }
    for (auto& birth : devices_[device].births(time_ms)) all.push_back(stamped(std::move(birth), device));
    return all;
}

std::optional<Message> Fleet::announce(std::int64_t time_ms)
{
    while (births_.empty() && announced_ < devices_.size())
        for (auto& message : announcement(announced_++, time_ms)) births_.push_back(std::move(message));
    if (births_.empty()) return std::nullopt;
    auto message = std::move(births_.front());
    births_.pop_front();
    return message;
}

Message Fleet::next(std::int64_t time_ms)
{
    if (auto said = announce(time_ms)) return std::move(*said);
    const auto device = turn_++ % devices_.size();
    return stamped(devices_[device].next(time_ms), device);
}

Message Fleet::again(std::uint32_t device, std::int64_t time_ms)
{
    return stamped(devices_[device - 1].next(time_ms), device - 1);
}

std::vector<Message> Fleet::reboot(std::uint32_t device, std::int64_t time_ms)
{
    auto& board = devices_[device - 1];
    std::vector<Message> all;
    if (auto will = board.availability(false)) {
        will->retained = true;
        all.push_back(stamped(std::move(*will), device - 1));
    }
    board.reboot(time_ms);
    for (auto& message : announcement(device - 1, time_ms)) all.push_back(std::move(message));
    return all;
}

void Fleet::set_clock(std::uint32_t device, std::int64_t ahead_ms)
{
    devices_[device - 1].set_clock(ahead_ms);
}

std::vector<Message> Fleet::farewell() const
{
    std::vector<Message> all;
    if (!retain_) return all;
    for (std::size_t device = 0; device < announced_; ++device) {
        auto message = devices_[device].availability(false);
        if (!message) continue;
        message->retained = true;
        all.push_back(stamped(std::move(*message), device));
    }
    return all;
}

}  // namespace tidegate::sim
