#include "firmware-sim/fleet.hpp"

#include "firmware-sim/random.hpp"
#include "firmware-sim/shapes/shapes.hpp"

#include <stdexcept>

namespace tidegate::sim {

namespace {

using Maker = DevicePointer (*)(std::uint32_t index, std::uint64_t seed);

constexpr std::pair<const char*, Maker> families[] = {
    {"scalar", make_scalar},   {"tasmota", make_tasmota},         {"shelly1", make_shelly1},
    {"shelly2", make_shelly2}, {"zigbee2mqtt", make_zigbee2mqtt}, {"esphome", make_esphome},
};

Maker maker_of(const std::string& shape)
{
    for (const auto& [name, maker] : families)
        if (shape == name) return maker;
    throw std::invalid_argument("no such shape: " + shape);
}

}  // namespace

const std::vector<std::string>& shape_names()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, maker] : families) all.emplace_back(name);
        return all;
    }();
    return names;
}

Fleet::Fleet(std::uint32_t devices, const std::vector<std::string>& shapes, std::uint64_t seed, bool retain)
    : retain_(retain)
{
    const auto families_used = static_cast<std::uint32_t>(shapes.size());
    Random seeds(seed);
    for (std::uint32_t i = 0; i < devices; ++i)
        devices_.push_back(maker_of(shapes[i % families_used])(i / families_used, seeds()));
}

Message Fleet::stamped(Message message, std::size_t device) const
{
    message.device = static_cast<std::uint32_t>(device + 1);
    return message;
}

Message Fleet::next(std::int64_t time_ms)
{
    while (announced_ < devices_.size()) {
        const auto device = announced_++;
        auto message = devices_[device]->availability(true);
        if (!message) continue;
        message->retained = retain_;
        return stamped(std::move(*message), device);
    }
    const auto device = turn_++ % devices_.size();
    return stamped(devices_[device]->next(time_ms), device);
}

std::vector<Message> Fleet::farewell() const
{
    std::vector<Message> all;
    if (!retain_) return all;
    for (std::size_t device = 0; device < announced_; ++device) {
        auto message = devices_[device]->availability(false);
        if (!message) continue;
        message->retained = true;
        all.push_back(stamped(std::move(*message), device));
    }
    return all;
}

}  // namespace tidegate::sim
