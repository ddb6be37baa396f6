#include "firmware-sim/shapes/shapes.hpp"
#include "firmware-sim/signal.hpp"
#include "firmware-sim/time_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

// Tasmota: tele/<device>/SENSOR with nested JSON, STATE now and then, LWT as last will.
namespace tidegate::sim {

namespace {

class Tasmota : public Device {
public:
    Tasmota(const std::string& name, std::uint64_t seed)
        : name_(name),
          power_switch_(true, 900, seed + 11),
          signal_({.mean = 74, .noise = 2, .drift = 6, .lowest = 0, .highest = 100}, seed + 12),
          uptime_(3600.0 * static_cast<double>(seed % 400))
    {
    }

    Message next(std::int64_t time_ms) override
    {
        if (turn_++ % 6 == 5) return {"tele/" + name_ + "/STATE", state(time_ms)};
        return {"tele/" + name_ + "/SENSOR", sensor(time_ms)};
    }

    std::optional<Message> availability(bool online) const override
    {
        return Message{"tele/" + name_ + "/LWT", online ? "Online" : "Offline"};
    }

private:
    virtual std::string sensor(std::int64_t time_ms) = 0;

    std::string state(std::int64_t time_ms)
    {
        const auto up = static_cast<std::int64_t>(uptime_.sample(time_ms, 3600));
        const double quality = signal_.sample(time_ms);
        return fmt::format(
            R"({{"Time":"{}","Uptime":"{}T{:02}:{:02}:{:02}","UptimeSec":{},"Heap":26,"SleepMode":"Dynamic","Sleep":50,)"
            R"("LoadAvg":19,"MqttCount":1,"POWER":"{}","Wifi":{{"AP":1,"SSId":"plant","Channel":6,"Mode":"11n",)"
            R"("RSSI":{:.0f},"Signal":{:.0f},"LinkCount":1,"Downtime":"0T00:00:04"}}}})",
            time_text(time_ms), up / 86400, up / 3600 % 24, up / 60 % 60, up % 60, up,
            power_switch_.sample(time_ms) ? "ON" : "OFF", quality, quality / 2 - 100);
    }

    std::string name_;
    Toggle power_switch_;
    Wave signal_;
    Counter uptime_;
    std::uint32_t turn_ = 0;
};

class Climate : public Tasmota {
public:
    Climate(std::uint32_t index, std::uint64_t seed)
        : Tasmota(fmt::format("climate-{:02}", index + 1), seed),
          temperature_({.mean = 20.5, .daily = 2.5, .noise = 0.15, .drift = 0.8}, seed + 1),
          humidity_({.mean = 48, .daily = -6, .noise = 0.6, .drift = 3, .lowest = 5, .highest = 99}, seed + 2)
    {
    }

private:
    std::string sensor(std::int64_t time_ms) override
    {
        const double celsius = temperature_.sample(time_ms);
        const double percent = humidity_.sample(time_ms);
        const double dew = celsius - (100 - percent) / 5;  // a rule of thumb, good above 50 %
        return fmt::format(
            R"({{"Time":"{}","AM2301":{{"Temperature":{:.1f},"Humidity":{:.1f},"DewPoint":{:.1f}}},"TempUnit":"C"}})",
            time_text(time_ms), celsius, percent, dew);
    }

    Wave temperature_;
    Wave humidity_;
};

class Plug : public Tasmota {
public:
    Plug(std::uint32_t index, std::uint64_t seed)
        : Tasmota(fmt::format("plug-{:02}", index + 1), seed),
          voltage_({.mean = 231, .daily = -3, .noise = 0.8, .drift = 1.5}, seed + 1),
          power_({.mean = 420, .daily = 180, .noise = 15, .drift = 60, .lowest = 1}, seed + 2),
          factor_({.mean = 0.93, .noise = 0.01, .drift = 0.02, .lowest = 0.5, .highest = 1}, seed + 3),
          energy_(200 + 3.7 * index)
    {
    }

private:
    std::string sensor(std::int64_t time_ms) override
    {
        const double volts = voltage_.sample(time_ms);
        const double watts = power_.sample(time_ms);
        const double factor = factor_.sample(time_ms);
        const double apparent = watts / factor;
        const double reactive = std::sqrt(std::max(0.0, apparent * apparent - watts * watts));
        return fmt::format(
            R"({{"Time":"{}","ENERGY":{{"TotalStartTime":"2026-01-07T08:12:44","Total":{:.3f},"Period":0,"Power":{:.0f},)"
            R"("ApparentPower":{:.0f},"ReactivePower":{:.0f},"Factor":{:.2f},"Voltage":{:.0f},"Current":{:.3f}}}}})",
            time_text(time_ms), energy_.sample(time_ms, watts / 1000), watts, apparent, reactive, factor,
            volts, apparent / volts);
    }

    Wave voltage_;
    Wave power_;
    Wave factor_;
    Counter energy_;
};

}  // namespace

DevicePointer make_tasmota(std::uint32_t index, std::uint64_t seed)
{
    if (index % 2 == 0) return std::make_unique<Climate>(index, seed);
    return std::make_unique<Plug>(index, seed);
}

}  // namespace tidegate::sim
