#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"

#include <fmt/format.h>

// ESPHome: <device>/sensor/<quantity>/state with the bare value, <device>/status as last will.
namespace tidegate::sim {

namespace {

class EspHome : public Device {
public:
    EspHome(std::uint32_t index, std::uint64_t seed)
        : name_(fmt::format("esp-air-{:02}", index + 1)),
          temperature_({.mean = 22, .daily = 2, .noise = 0.1, .drift = 0.6}, seed + 1),
          humidity_({.mean = 44, .daily = -5, .noise = 0.5, .drift = 3, .lowest = 5, .highest = 99},
                    seed + 2),
          pressure_({.mean = 1013.2, .noise = 0.1, .drift = 6}, seed + 3),
          co2_({.mean = 640, .daily = 180, .peak_hour = 11, .noise = 12, .drift = 40, .lowest = 400},
               seed + 4),
          motion_(false, 120, seed + 5)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        switch (turn_++ % 5) {
        case 0: return sensor("temperature", fmt::format("{:.1f}", temperature_.sample(time_ms)));
        case 1: return sensor("humidity", fmt::format("{:.1f}", humidity_.sample(time_ms)));
        case 2: return sensor("pressure", fmt::format("{:.1f}", pressure_.sample(time_ms)));
        case 3: return sensor("co2", fmt::format("{:.0f}", co2_.sample(time_ms)));
        default: return {name_ + "/binary_sensor/motion/state", motion_.sample(time_ms) ? "ON" : "OFF"};
        }
    }

    std::optional<Message> availability(bool online) const override
    {
        return Message{name_ + "/status", online ? "online" : "offline"};
    }

private:
    Message sensor(const char* quantity, std::string value) const
    {
        return {fmt::format("{}/sensor/{}/state", name_, quantity), std::move(value)};
    }

    std::string name_;
    Wave temperature_;
    Wave humidity_;
    Wave pressure_;
    Wave co2_;
    Toggle motion_;
    std::uint32_t turn_ = 0;
};

}  // namespace

DevicePointer make_esphome(std::uint32_t index, std::uint64_t seed)
{
    return std::make_unique<EspHome>(index, seed);
}

}  // namespace tidegate::sim
