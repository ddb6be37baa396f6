#include "firmware-sim/profile_signals.hpp"

#include "firmware-sim/toml_reader.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

namespace tidegate::sim {

namespace {

using Names = std::vector<std::string>;

std::size_t place_of(TomlReader& table, std::string_view key, const Names& names)
{
    const auto name = table.text(key);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) table.fail(key, fmt::format("there is no signal \"{}\"", name));
    return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::size_t> place_if_any(TomlReader& table, std::string_view key, const Names& names)
{
    if (!table.has(key)) return std::nullopt;
    return place_of(table, key, names);
}

double dwell_of(TomlReader& table)
{
    const double dwell = table.number("dwell", 600);
    if (dwell <= 0) table.fail("dwell", "is a time in seconds above 0");
    return dwell;
}

WaveSpec read_wave(TomlReader& table)
{
    WaveSpec wave;
    auto& shape = wave.shape;
    shape.mean = table.number("mean");
    shape.daily = table.number("daily", shape.daily);
    shape.peak_hour = table.number("peak_hour", shape.peak_hour);
    shape.noise = table.number("noise", shape.noise);
    shape.drift = table.number("drift", shape.drift);
    shape.lowest = table.number("lowest", shape.lowest);
    shape.highest = table.number("highest", shape.highest);
    if (shape.lowest > shape.highest) table.fail("lowest", "is above highest");
    wave.spread = table.number("spread", 0);
    return wave;
}

StepsSpec read_steps(TomlReader& table)
{
    StepsSpec steps{table.numbers("steps"), table.texts("texts"), dwell_of(table)};
    if (steps.levels.empty() == steps.texts.empty())
        table.fail(steps.levels.empty() ? "texts" : "steps", "needs at least one, of one kind");
    return steps;
}

CounterSpec read_counter(TomlReader& table, const Names& names)
{
    CounterSpec counter;
    counter.rate = place_if_any(table, "counter", names);
    counter.factor = table.has("per_hour") ? table.number("per_hour") : table.number("factor", 1);
    counter.start = table.number("start", 0);
    counter.spread = table.number("spread", 0);
    counter.rollover = table.number("rollover", 0);
    counter.is_volatile = table.flag("volatile", false);
    return counter;
}

DerivedSpec read_derived(TomlReader& table, const Names& names)
{
    DerivedSpec derived;
    derived.of = place_of(table, "of", names);
    derived.times = place_if_any(table, "times", names);
    derived.per = place_if_any(table, "per", names);
    derived.plus = place_if_any(table, "plus", names);
    derived.factor = table.number("factor", 1);
    derived.offset = table.number("offset", 0);
    return derived;
}

SignalSpec read_signal(const std::string& name, TomlReader& table, const Names& names)
{
    SignalSpec signal{name, {}};
    if (table.has("mean"))
        signal.kind = read_wave(table);
    else if (table.has("toggle"))
        signal.kind = ToggleSpec{table.flag("toggle", false), dwell_of(table)};
    else if (table.has("steps") || table.has("texts"))
        signal.kind = read_steps(table);
    else if (table.has("counter") || table.has("per_hour"))
        signal.kind = read_counter(table, names);
    else if (table.has("of"))
        signal.kind = read_derived(table, names);
    else
        table.fail(name, "a signal has one of mean, toggle, steps, texts, counter, per_hour, of");
    table.finish();
    return signal;
}

std::vector<std::size_t> needs_of(const SignalSpec& signal)
{
    std::vector<std::size_t> needs;
    if (const auto* counter = std::get_if<CounterSpec>(&signal.kind))
        if (counter->rate) needs.push_back(*counter->rate);
    if (const auto* derived = std::get_if<DerivedSpec>(&signal.kind)) {
        needs.push_back(derived->of);
        for (const auto& other : {derived->times, derived->per, derived->plus})
            if (other) needs.push_back(*other);
    }
    return needs;
}

bool reaches(const std::vector<SignalSpec>& signals,
             std::size_t from,
             std::size_t to,
             std::set<std::size_t>& seen)
{
    const auto needs = needs_of(signals[from]);
    return std::any_of(needs.begin(), needs.end(), [&](auto need) {
        return need == to || (seen.insert(need).second && reaches(signals, need, to, seen));
    });
}

}  // namespace

std::vector<SignalSpec> read_signals(TomlReader& device)
{
    std::vector<SignalSpec> signals;
    auto tables = device.table("signals");
    if (!tables) return signals;
    constexpr std::array<std::string_view, 5> reserved = {"device", "index", "word", "seq", "time"};
    const auto names = tables->keys();
    for (const auto& name : names) {
        if (std::find(reserved.begin(), reserved.end(), name) != reserved.end())
            tables->fail(name, "no signal can have this name: ${" + name + "} is something else");
        auto table = tables->table(name);
        signals.push_back(read_signal(name, *table, names));
    }
    for (std::size_t i = 0; i < signals.size(); ++i) {
        std::set<std::size_t> seen;
        if (reaches(signals, i, i, seen)) tables->fail(signals[i].name, "is made of itself");
    }
    return signals;
}

}  // namespace tidegate::sim
