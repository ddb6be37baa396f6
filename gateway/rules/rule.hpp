#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {

// Which series a rule or an alarm is about.
struct Match {
    std::string topic = "#";                  // a filter
    std::string device, field, device_class;  // '*' stands for any text; empty: any
};

// How far a value must be from the last one that was kept.
struct Deadband {
    double amount = 0;     // above 0
    bool percent = false;  // of the last one, without its sign
    bool operator==(const Deadband&) const = default;
};

enum class Priority : std::uint8_t { critical, normal, bulk };

// Which upstreams get a series.
struct Forward {
    enum class What : std::uint8_t {
        all,
        none,     // neither the readings nor what is made of them
        derived,  // only what is made of them: windows and summaries
        named,    // all, to these upstreams
    };
    What what = What::all;
    std::vector<std::string> upstreams{};
    bool operator==(const Forward&) const = default;
};

// A [[rule]] as it is written: what it leaves out, it leaves to the rules behind it.
struct Rule : Match {
    std::string place{};  // where it is written, for people: "/etc/tidegate/tidegate.toml:12"; empty: nowhere
    std::optional<std::string> decoder, name, rename, unit, priority;
    std::optional<double> factor, offset;
    std::optional<std::chrono::milliseconds> sample, rate, heartbeat, lateness;
    std::optional<Deadband> deadband;
    std::optional<bool> on_change, event, keep;
    std::optional<std::vector<std::chrono::milliseconds>> windows;
    std::optional<std::vector<std::string>> values;
    std::optional<Forward> forward;
};

}  // namespace tidegate::gateway
