#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"

#include <fmt/format.h>

// Shelly of the second generation: <device>/events/rpc with NotifyStatus, which says only what has changed.
namespace tidegate::sim {

namespace {

class Shelly2 : public Device {
public:
    Shelly2(std::uint32_t index, std::uint64_t seed)
        : id_(fmt::format("shellyplus1pm-{:012x}", 0x5432044e0000ULL + index)),
          power_({.mean = 140, .daily = 60, .noise = 5, .drift = 20, .lowest = 0.2}, seed + 1),
          voltage_({.mean = 230, .daily = -2.5, .noise = 0.6, .drift = 1.2}, seed + 2),
          temperature_({.mean = 46, .daily = 2, .noise = 0.3, .drift = 2}, seed + 3),
          energy_(120'000 + 97.0 * index)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        const double watts = power_.sample(time_ms);
        const double watt_hours = energy_.sample(time_ms, watts);
        switch (turn_++ % 6) {
        case 2: return notify(time_ms, energy(time_ms, watts, watt_hours));
        case 5: return notify(time_ms, heat(time_ms));
        default: return notify(time_ms, load(time_ms, watts));
        }
    }

    std::optional<Message> availability(bool online) const override
    {
        return Message{id_ + "/online", online ? "true" : "false"};
    }

private:
    std::string load(std::int64_t time_ms, double watts)
    {
        const double volts = voltage_.sample(time_ms);
        return fmt::format(R"("apower":{:.1f},"voltage":{:.1f},"current":{:.3f})", watts, volts,
                           watts / volts);
    }

    std::string energy(std::int64_t time_ms, double watts, double watt_hours) const
    {
        const double minute = watts * 1000 / 60;  // milliwatt-hours in a minute
        return fmt::format(
            R"("aenergy":{{"by_minute":[{:.3f},{:.3f},{:.3f}],"minute_ts":{},"total":{:.3f}}})", minute,
            minute, minute, time_ms / 60'000 * 60, watt_hours);
    }

    std::string heat(std::int64_t time_ms)
    {
        const double celsius = temperature_.sample(time_ms);
        return fmt::format(R"("temperature":{{"tC":{:.1f},"tF":{:.1f}}})", celsius, celsius * 1.8 + 32);
    }

    Message notify(std::int64_t time_ms, const std::string& fields) const
    {
        const auto whole = time_ms / 1000;
        const auto hundredths = time_ms % 1000 / 10;
        return {id_ + "/events/rpc",
                fmt::format(R"({{"src":"{0}","dst":"{0}/events","method":"NotifyStatus","params":)"
                            R"({{"ts":{1}.{2:02},"switch:0":{{"id":0,{3}}}}}}})",
                            id_, whole, hundredths, fields)};
    }

    std::string id_;
    Wave power_;
    Wave voltage_;
    Wave temperature_;
    Counter energy_;
    std::uint32_t turn_ = 0;
};

}  // namespace

DevicePointer make_shelly2(std::uint32_t index, std::uint64_t seed)
{
    return std::make_unique<Shelly2>(index, seed);
}

}  // namespace tidegate::sim
