#pragma once

#include "firmware-sim/signal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The signals of a device, as a profile describes them (docs/simulator.md).
namespace tidegate::sim {

struct WaveSpec {
    WaveShape shape;
    double spread = 0;  // half of how far apart the means of two devices may be
};
struct ToggleSpec {
    bool on = false;
    double dwell_s = 600;
};
struct StepsSpec {
    std::vector<double> levels;  // or texts
    std::vector<std::string> texts;
    double dwell_s = 600;
};
struct CounterSpec {
    std::optional<std::size_t> rate;  // the signal that is added up, times factor an hour; none: factor alone
    double factor = 1;
    double start = 0, spread = 0;  // the first value: start, and up to spread more
    double rollover = 0;           // begins at 0 again behind it; 0: never
    bool is_volatile = false;      // begins at 0 with a reboot
};
struct DerivedSpec {
    std::size_t of = 0;
    std::optional<std::size_t> times, per, plus;
    double factor = 1, offset = 0;
};
struct SignalSpec {
    std::string name;
    std::variant<WaveSpec, ToggleSpec, StepsSpec, CounterSpec, DerivedSpec> kind;
};

// Values of the signals of one device. Pure: time comes in and never goes back.
class SignalSet {
public:
    // `specs` outlive it; a signal refers only to such as do not refer to it.
    SignalSet(const std::vector<SignalSpec>& specs, std::uint64_t seed);

    double sample(std::size_t signal, std::int64_t time_ms);
    // What a signal of texts says at its last sample; nullptr: it is one of numbers.
    const std::string* text(std::size_t signal) const;
    bool is_switch(std::size_t signal) const
    {
        return std::holds_alternative<ToggleSpec>(specs_[signal].kind);
    }

    void reboot(std::int64_t time_ms);  // volatile counters begin at 0

private:
    struct Meter {
        Counter counter;
        double taken_off = 0;
    };
    struct State {
        std::variant<std::monostate, Wave, Toggle, Steps, Meter> signal;
        std::int64_t time_ms = 0;
        double value = 0;
        bool any = false;
    };

    double compute(std::size_t signal, std::int64_t time_ms);
    double compute(const CounterSpec& spec, Meter& meter, std::int64_t time_ms);
    double compute(const DerivedSpec& spec, std::int64_t time_ms);

    const std::vector<SignalSpec>& specs_;
    std::vector<State> states_;
};

}  // namespace tidegate::sim
