#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"

#include <array>
#include <fmt/format.h>

// A PLC or a gateway of its own behind MQTT: one topic a quantity, the bare value as payload.
namespace tidegate::sim {

namespace {

constexpr std::array areas = {"boiler-house", "press-shop", "paint-line", "cold-store"};

class Pump : public Device {
public:
    Pump(std::uint32_t index, std::uint64_t seed)
        : prefix_(fmt::format("plant/{}/pump-{:02}", areas.at(index % areas.size()), index + 1)),
          pressure_({.mean = 4.2, .daily = 0.3, .noise = 0.05, .drift = 0.2, .lowest = 0}, seed + 1),
          flow_({.mean = 118, .daily = 14, .noise = 2.5, .drift = 6, .lowest = 0}, seed + 2),
          temperature_({.mean = 52, .daily = 5, .noise = 0.4, .drift = 2}, seed + 3),
          running_(true, 1800, seed + 4)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        switch (turn_++ % 4) {
        case 0: return {prefix_ + "/pressure", fmt::format("{:.2f}", pressure_.sample(time_ms))};
        case 1: return {prefix_ + "/flow", fmt::format("{:.1f}", flow_.sample(time_ms))};
        case 2: return {prefix_ + "/motor_temperature", fmt::format("{:.1f}", temperature_.sample(time_ms))};
        default: return {prefix_ + "/running", fmt::format("{}", running_.sample(time_ms))};
        }
    }

    std::optional<Message> availability(bool) const override { return std::nullopt; }

private:
    std::string prefix_;
    Wave pressure_;
    Wave flow_;
    Wave temperature_;
    Toggle running_;
    std::uint32_t turn_ = 0;
};

class Oven : public Device {
public:
    Oven(std::uint32_t index, std::uint64_t seed)
        : prefix_(fmt::format("plant/{}/oven-{:02}", areas.at(index % areas.size()), index + 1)),
          temperature_({.mean = 182, .noise = 0.8, .drift = 2.5}, seed + 1),
          power_({.mean = 12.4, .daily = 2.2, .noise = 0.5, .drift = 1, .lowest = 0.2}, seed + 2),
          energy_(10'000 + 137.0 * index),
          parts_(4'000 + 61.0 * index)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        switch (turn_++ % 4) {
        case 0: return {prefix_ + "/temperature", fmt::format("{:.1f}", temperature_.sample(time_ms))};
        case 1: return {prefix_ + "/power", fmt::format("{:.2f}", kilowatts_ = power_.sample(time_ms))};
        case 2: return {prefix_ + "/energy", fmt::format("{:.3f}", energy_.sample(time_ms, kilowatts_))};
        default: return {prefix_ + "/parts", fmt::format("{:.0f}", parts_.sample(time_ms, 420))};
        }
    }

    std::optional<Message> availability(bool) const override { return std::nullopt; }

private:
    std::string prefix_;
    Wave temperature_;
    Wave power_;
    Counter energy_;
    Counter parts_;
    double kilowatts_ = 12.4;
    std::uint32_t turn_ = 0;
};

}  // namespace

DevicePointer make_scalar(std::uint32_t index, std::uint64_t seed)
{
    if (index % 3 == 2) return std::make_unique<Oven>(index, seed);
    return std::make_unique<Pump>(index, seed);
}

}  // namespace tidegate::sim
