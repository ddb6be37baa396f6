#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"

#include <fmt/format.h>

// Shelly of the first generation: shellies/<device>/… with one bare value a topic; energy in watt-minutes.
namespace tidegate::sim {

namespace {

class Shelly1 : public Device {
public:
    Shelly1(std::uint32_t index, std::uint64_t seed)
        : prefix_(fmt::format("shellies/shelly1pm-{:06X}", 0xA12300 + index)),
          power_({.mean = 86, .daily = 30, .noise = 3, .drift = 10, .lowest = 0.5}, seed + 1),
          temperature_({.mean = 38, .daily = 2, .noise = 0.2, .drift = 1.5}, seed + 2),
          relay_(true, 600, seed + 3),
          energy_(90'000 + 811.0 * index)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        const bool on = relay_.sample(time_ms);
        const double watts = on ? power_.sample(time_ms) : 0;
        const double watt_minutes = energy_.sample(time_ms, watts * 60);
        switch (turn_++ % 4) {
        case 0: return {prefix_ + "/relay/0/power", fmt::format("{:.2f}", watts)};
        case 1: return {prefix_ + "/relay/0/energy", fmt::format("{:.0f}", watt_minutes)};
        case 2: return {prefix_ + "/temperature", fmt::format("{:.2f}", temperature_.sample(time_ms))};
        default: return {prefix_ + "/relay/0", on ? "on" : "off"};
        }
    }

    std::optional<Message> availability(bool online) const override
    {
        return Message{prefix_ + "/online", online ? "true" : "false"};
    }

private:
    std::string prefix_;
    Wave power_;
    Wave temperature_;
    Toggle relay_;
    Counter energy_;
    std::uint32_t turn_ = 0;
};

}  // namespace

DevicePointer make_shelly1(std::uint32_t index, std::uint64_t seed)
{
    return std::make_unique<Shelly1>(index, seed);
}

}  // namespace tidegate::sim
