#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"

#include <array>
#include <fmt/format.h>

// Zigbee2MQTT: zigbee2mqtt/<friendly name> with the whole state of a device as flat JSON; voltage in
// millivolts.
namespace tidegate::sim {

namespace {

constexpr std::array rooms = {"hall", "office", "workshop", "canteen", "archive"};

class Zigbee : public Device {
public:
    Zigbee(const std::string& name, std::uint64_t seed)
        : topic_("zigbee2mqtt/" + name),
          link_({.mean = 130, .noise = 12, .drift = 20, .lowest = 0, .highest = 255}, seed + 11),
          battery_({.mean = 82, .noise = 0.3, .drift = 6, .lowest = 0, .highest = 100}, seed + 12)
    {
    }

    Message next(std::int64_t time_ms) override
    {
        const double battery = battery_.sample(time_ms);
        return {topic_, fmt::format(R"({{"battery":{:.0f},{},"linkquality":{:.0f},"voltage":{:.0f}}})",
                                    battery, measured(time_ms), link_.sample(time_ms), 2400 + battery * 6)};
    }

    std::optional<Message> availability(bool online) const override
    {
        return Message{topic_ + "/availability", online ? R"({"state":"online"})" : R"({"state":"offline"})"};
    }

private:
    virtual std::string measured(std::int64_t time_ms) = 0;

    std::string topic_;
    Wave link_;
    Wave battery_;
};

class Climate : public Zigbee {
public:
    Climate(std::uint32_t index, std::uint64_t seed)
        : Zigbee(fmt::format("{}-climate-{:02}", rooms.at(index % rooms.size()), index + 1), seed),
          temperature_({.mean = 21, .daily = 1.8, .noise = 0.1, .drift = 0.7}, seed + 1),
          humidity_({.mean = 46, .daily = -5, .noise = 0.4, .drift = 3, .lowest = 5, .highest = 99}, seed + 2)
    {
    }

private:
    std::string measured(std::int64_t time_ms) override
    {
        return fmt::format(R"("humidity":{:.2f},"temperature":{:.2f})", humidity_.sample(time_ms),
                           temperature_.sample(time_ms));
    }

    Wave temperature_;
    Wave humidity_;
};

class Door : public Zigbee {
public:
    Door(std::uint32_t index, std::uint64_t seed)
        : Zigbee(fmt::format("{}-door-{:02}", rooms.at(index % rooms.size()), index + 1), seed),
          contact_(true, 300, seed + 1)
    {
    }

private:
    std::string measured(std::int64_t time_ms) override
    {
        return fmt::format(R"("battery_low":false,"contact":{},"tamper":false)", contact_.sample(time_ms));
    }

    Toggle contact_;
};

}  // namespace

DevicePointer make_zigbee2mqtt(std::uint32_t index, std::uint64_t seed)
{
    if (index % 3 == 1) return std::make_unique<Door>(index, seed);
    return std::make_unique<Climate>(index, seed);
}

}  // namespace tidegate::sim
